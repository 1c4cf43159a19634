import { GraphQLError } from "graphql";
import type { Foreign } from "./federations.js";

const written = [
  { isbn: "1", title: "Laskar Pelangi", pages: 529, authorId: "a1" },
  { isbn: "2", title: "Bumi Manusia", pages: 535, authorId: "a2" },
  { isbn: "3", title: "Saman", pages: 195, authorId: "a3" },
];
const people = [
  { id: "a1", name: "Andrea Hirata" },
  { id: "a2", name: "Pramoedya Ananta Toer" },
];

/** Owns books, and fails in the ways a portfolio can. */
export const books: Foreign = {
  name: "books",
  sdl: `
    type Query { books: [Book!]! book(isbn: ID!): Book coded: String uncoded: String refused: String slow(ms: Int!): Int oldest: Author! }
    type Subscription { ticks: Int }
    type Mutation { retitle(isbn: ID!, title: String!): Book }
    type Book @key(fields: "isbn") { isbn: ID! title: String! pages: Int! author: Author }
    type Author @key(fields: "id", resolvable: false) { id: ID! }`,
  resolvers: {
    Query: {
      books: () => written,
      book: (_: unknown, { isbn }: any) => written.find((book) => book.isbn === isbn) ?? null,
      coded() {
        throw new GraphQLError("The shelf is locked.", {
          extensions: { code: "SHELF_LOCKED", shelf: 4, stacktrace: ["at shelf.ts:1"], http: { status: 418 } },
        });
      },
      uncoded() {
        throw new Error("connect ECONNREFUSED 10.1.2.3:3306");
      },
      refused() {
        throw new GraphQLError("No.", { extensions: { code: "FORBIDDEN" } });
      },
      slow: (_: unknown, { ms }: any) => new Promise((resolve) => setTimeout(() => resolve(ms), ms)),
      oldest: () => ({ id: "a3" }),
    },
    Mutation: { retitle: (_: unknown, { isbn, title }: any) => ({ ...written.find((book) => book.isbn === isbn), title }) },
    Book: { author: ({ authorId }: any) => ({ id: authorId }) },
  },
};

/** Owns authors. */
export const authors: Foreign = {
  name: "authors",
  sdl: `
    type Query { authors: [Author!]! }
    type Author @key(fields: "id") { id: ID! name: String penName: String! born: Int }`,
  resolvers: {
    Query: { authors: () => people },
    Author: {
      __resolveReference: ({ id }: any) => people.find((author) => author.id === id) ?? null,
      penName: ({ name }: any) => name.split(" ")[0],
      born({ id }: any) {
        if (id === "a1") throw new GraphQLError("The archive has no date.", { extensions: { code: "NO_DATE" } });
        return 1925;
      },
    },
  },
};

/** Adds to books what it computes from their pages. */
export const binding: Foreign = {
  name: "binding",
  sdl: `
    type Book @key(fields: "isbn") { isbn: ID! pages: Int! @external spine: Float @requires(fields: "pages") }`,
  resolvers: { Book: { spine: ({ pages }: any) => pages / 20 } },
};
