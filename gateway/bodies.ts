/** Reads bodies on the long way: those that come in chunks or compressed, or say in an unusual way that they are JSON. */
import express, { type RequestHandler } from "express";
import { bodyOptions, decodeBytes, parseText } from "../transport/bodies.js";
import { takeTurn } from "../transport/turns.js";
import { LARGE_BODY } from "./large.js";

const JSON_TYPE = "application/json";

/** As express.json, but for the turns. A body that is read already, or is said to be something else than JSON, it lets through as it is. */
export const readBody: readonly RequestHandler[] = [
  (request, response, next) => {
    if (request.is(JSON_TYPE)) bodyOptions.verify(request, response, NOTHING, charsetOf(request.headers["content-type"]));
    next();
  },
  express.raw({ type: JSON_TYPE, limit: bodyOptions.limit }),
  async (request, _response, next) => {
    if (!Buffer.isBuffer(request.body)) return next();
    if (request.body.length > LARGE_BODY) await takeTurn();
    request.body = parseText(decodeBytes(request.body));
    next();
  },
];
const NOTHING = Buffer.alloc(0);

/** The charset that a content type names, in small letters; where it names none it is JSON's own. */
const charsetOf = (type = ""): string => (/;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(type)?.[1] ?? "utf-8").toLowerCase();
