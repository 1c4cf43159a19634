/** Browsers are told nothing. */
export const secureAnswer = () => undefined;
export const allowPage = () => undefined;
