/** From what pages of the links that lead through records are chosen, so that nothing else is read. */
import { type Link, OneLink, ThroughLink } from "./declare.js";
import type { Portfolio } from "./portfolio.js";

/** The links that lead through records of `type`. */
const throughs = (type: string, { links }: Portfolio): ThroughLink[] =>
  Object.values(links)
    .flatMap((own): Link[] => Object.values(own))
    .filter((link) => link instanceof ThroughLink)
    .filter(({ via }) => via === type);

/** By the parent, by the node, and by what else must hold, of each link through records of `type` whose two ends `columnOf` knows as columns of theirs. */
export const pagesOf = (type: string, columnOf: (field: string) => string | undefined, portfolio: Portfolio): string[][] =>
  throughs(type, portfolio).flatMap(({ from, to, where }) => {
    const [parent, node] = [columnOf(from), columnOf(to)];
    return parent && node ? [[parent, node, ...Object.keys(where)]] : [];
  });

/** What rows of the list `field` can carry: the links `to` of links that lead through its records from its `member`, where nothing else is asked of them and it is set once and for all. */
export const carriedEnds = (type: string, field: string, portfolio: Portfolio): { member: string; to: string; link: OneLink<boolean> }[] =>
  throughs(type, portfolio).flatMap(({ from, to, where }) => {
    const [list, member = "to"] = from.split(".");
    const link = portfolio.links[type]?.[to];
    const isCarried = list === field && link instanceof OneLink && link.setter === "creation" && Object.keys(where).length === 0;
    return isCarried ? [{ member, to, link }] : [];
  });
