/** What is large enough to be given a turn of the event loop of its own. */

/** Bodies longer than this, in bytes, are not parsed together with others, nor known to be alike. */
export const LARGE_BODY = 20_000;
/** Answers longer than this, in characters, are written in one turn and sent in another; few at a time are made of operations whose last answer was. */
export const LARGE_ANSWER = 50_000;
