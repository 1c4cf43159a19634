import type { Entity, Graph } from "./entities";
import { portfolios, type Portfolio } from "./portfolios";

// In units of the diagram, a little less than a pixel on a usual screen.
export const box = { width: 172, height: 32 };
const gap = { columns: 58, rows: 19 };
const head = 48;

/** An entity and the upper left corner of its box. */
export interface Spot {
  entity: Entity;
  x: number;
  y: number;
}

interface Column {
  portfolio: Portfolio;
  x: number;
  spots: Spot[];
}

/** A line between two different entities that have a link, whichever way and however many. */
export interface Line {
  ends: [Entity, Entity];
  path: string;
}

interface Layout {
  width: number;
  height: number;
  columns: Column[];
  lines: Line[];
}

/** One column per portfolio, its entities below each other; the same schema always gives the same picture. */
export function layOut({ entities, links }: Graph): Layout {
  const groups = portfolios.map((portfolio) => entities.filter((entity) => entity.portfolio === portfolio)).filter(([first]) => first);
  const most = Math.max(...groups.map((group) => group.length));
  const columns = groups.map((group, index) => placeColumn(group, index * (box.width + gap.columns), most));
  const spots = columns.flatMap((column) => column.spots);
  const linked = new Set(links.flatMap(({ from, to }) => [`${from} ${to}`, `${to} ${from}`]));
  const lines = spots.flatMap((left, index) =>
    spots
      .slice(index + 1)
      .filter((right) => linked.has(`${left.entity.name} ${right.entity.name}`))
      .map((right): Line => ({ ends: [left.entity, right.entity], path: draw(left, right) })),
  );
  return {
    width: columns.length * (box.width + gap.columns) - gap.columns,
    height: head + most * (box.height + gap.rows) - gap.rows,
    columns,
    lines,
  };
}

/** Columns are centred and short ones stretched by half, so that lines between them spread instead of lying on one another. */
function placeColumn(entities: Entity[], x: number, most: number): Column {
  const step = box.height + gap.rows;
  const room = (most - 1) * step;
  const stretched = Math.min(step * 1.5, room / Math.max(1, entities.length - 1));
  const top = head + (room - (entities.length - 1) * stretched) / 2;
  const spots = entities.map((entity, row) => ({ entity, x, y: top + row * stretched }));
  return { portfolio: entities[0]?.portfolio ?? "other", x, spots };
}

/** From the right side of one box to the left side of another or, within a column, around to its right side. */
function draw(left: Spot, right: Spot): string {
  const [startX, startY, endY] = [left.x + box.width, left.y + box.height / 2, right.y + box.height / 2];
  if (left.x === right.x) {
    const out = startX + Math.min(gap.columns - 12, 18 + (endY - startY) / 8);
    return `M${startX} ${startY}C${out} ${startY} ${out} ${endY} ${startX} ${endY}`;
  }
  const bend = Math.max(gap.columns / 2, (right.x - startX) * 0.4);
  return `M${startX} ${startY}C${startX + bend} ${startY} ${right.x - bend} ${endY} ${right.x} ${endY}`;
}
