/** Browsers are told nothing. */
export const answerHeaders = [];
export const secureAnswer = () => undefined;
export const allowPage = () => undefined;
