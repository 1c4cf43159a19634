/** How many days lie between days that are kept as text: SQL that every database works out alike. */

const MARCH = 3;
/** Days of a year that begins in March before each of its months. */
const DAYS_BEFORE = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337];

/** The number of a day, YYYY-MM-DD or longer, counted from one day long ago; NULL of NULL. Years begin in March, so that a leap day is the last of its year. */
export function dayNumberSql(day: string): string {
  const part = (from: number, length: number) => `(substr(${day}, ${from}, ${length}) + 0)`;
  const [month, date] = [part(6, 2), part(9, 2)];
  const year = `(${part(1, 4)} - CASE WHEN ${month} < ${MARCH} THEN 1 ELSE 0 END)`;
  const whole = (years: number) => `(${year} - ${year} % ${years}) / ${years}`;
  const before = DAYS_BEFORE.map((days, i) => `WHEN ${((i + MARCH - 1) % 12) + 1} THEN ${days}`).join(" ");
  return `(365 * ${year} + ${whole(4)} - ${whole(100)} + ${whole(400)} + CASE ${month} ${before} END + ${date})`;
}
