import { GraphQLError } from "graphql";

/** An argument of a read means nothing: says what is wrong and what to write instead. */
export const badInput = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT" } });

/** The caller may not do or see that. The message says nothing of what there is. */
export const forbidden = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: "FORBIDDEN" } });
