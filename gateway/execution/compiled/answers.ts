/** Answers whose data is JSON text already. */

/** The answer's data as JSON text. As a value it is what that says. */
export class WrittenData {
  constructor(readonly text: string) {}
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** Writes an answer as JSON, whose data may be written already. */
export function writeAnswer(answer: { data?: unknown; errors?: unknown; extensions?: unknown }): string {
  if (!(answer.data instanceof WrittenData)) return JSON.stringify(answer);
  const parts = [
    answer.errors ? `"errors":${JSON.stringify(answer.errors)}` : "",
    `"data":${answer.data.text}`,
    answer.extensions ? `"extensions":${JSON.stringify(answer.extensions)}` : "",
  ];
  return `{${parts.filter(Boolean).join(",")}}`;
}
