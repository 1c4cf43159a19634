/** The names the kernel derives from the names of types and fields. */

/** ServiceLevelTarget → serviceLevelTarget. */
export const camelCase = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
/** servicesAgreed → ServicesAgreed. */
export const pascalCase = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
/** ServiceLevelTarget, serviceLevelTarget → service_level_target. */
export const snakeCase = (name: string): string => camelCase(name).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const IRREGULAR: Readonly<Record<string, string>> = { person: "people" };
/** Opportunity → opportunities, for the fields that list a type. */
export const pluralOf = (name: string): string => {
  const singular = camelCase(name);
  if (IRREGULAR[singular]) return IRREGULAR[singular];
  if (/[^aeiou]y$/.test(singular)) return `${singular.slice(0, -1)}ies`;
  if (/(s|x|ch|sh)$/.test(singular)) return `${singular}es`;
  return `${singular}s`;
};
