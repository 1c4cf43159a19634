import type { Entity, Graph } from "./entities";
import { box, layOut, type Line, type Spot } from "./layout";
import { usePanZoom } from "./panzoom";

interface DiagramProps {
  graph: Graph;
  selected?: Entity;
  /** Entities a search is about; the others step back. */
  found?: Set<Entity>;
}

/** All entities and their links; selecting one leaves only what it is linked with in full colour. */
export function Diagram({ graph, selected, found }: DiagramProps) {
  const layout = layOut(graph);
  const { svg, handlers, zoom, reset, transform } = usePanZoom();
  const near = selected ? new Set(layout.lines.filter((line) => line.ends.includes(selected)).flatMap((line) => line.ends)).add(selected) : found;
  return (
    <div className="diagram" data-testid="diagram">
      <svg ref={svg} viewBox={`-24 -16 ${layout.width + 76} ${layout.height + 32}`} preserveAspectRatio="xMidYMin meet" {...handlers}>
        <g transform={transform}>
          <Lines lines={layout.lines} selected={selected} />
          {layout.columns.map((column) => (
            <g key={column.portfolio} data-portfolio={column.portfolio}>
              <text className="portfolio" x={column.x} y={16}>
                {column.portfolio}
              </text>
              <path className="rule" d={`M${column.x} 26h${box.width}`} />
              {column.spots.map((spot) => (
                <Box key={spot.entity.name} spot={spot} selected={spot.entity === selected} dimmed={near !== undefined && !near.has(spot.entity)} />
              ))}
            </g>
          ))}
        </g>
      </svg>
      <div className="zoom">
        <button type="button" aria-label="Zoom in" onClick={() => zoom(1.25)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => zoom(0.8)}>
          −
        </button>
        <button type="button" onClick={reset}>
          Fit
        </button>
      </div>
    </div>
  );
}

function Lines({ lines, selected }: { lines: Line[]; selected?: Entity }) {
  const isLit = (line: Line) => selected !== undefined && line.ends.includes(selected);
  // Drawn last lies on top.
  const ordered = [...lines.filter((line) => !isLit(line)), ...lines.filter(isLit)];
  return ordered.map((line) => {
    const other = line.ends.find((end) => end !== selected) ?? line.ends[0];
    const state = isLit(line) ? "lit" : selected ? "dimmed" : "";
    return <path key={line.ends.map((end) => end.name).join()} className={`line ${state}`} d={line.path} data-portfolio={other.portfolio} />;
  });
}

interface BoxProps {
  spot: Spot;
  selected: boolean;
  dimmed: boolean;
}

function Box({ spot: { entity, x, y }, selected, dimmed }: BoxProps) {
  const states = ["box", entity.main && "main", selected && "selected", dimmed && "dimmed"];
  return (
    <g transform={`translate(${x} ${y})`}>
      <a
        className={states.filter(Boolean).join(" ")}
        href={selected ? "#" : `#${entity.name}`}
        aria-label={entity.name}
        data-testid={`entity-${entity.name}`}
        onDragStart={(event) => event.preventDefault()}
      >
        <title>{entity.description}</title>
        <rect width={box.width} height={box.height} rx="7" />
        <text x={box.width / 2} y={box.height / 2} dy="0.35em">
          {entity.name}
        </text>
      </a>
    </g>
  );
}
