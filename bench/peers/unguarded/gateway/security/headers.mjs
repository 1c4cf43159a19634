/** Browsers are told nothing. */
export const secureAnswer = () => undefined;
