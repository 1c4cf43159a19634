import { Fragment } from "react";

/** A plan as the gateway prints it, with the portfolios it asks; each fetch can be folded. */
export function PlanText({ plan }: { plan: string }) {
  const services = Map.groupBy(plan.matchAll(/Fetch\(service: "(\w+)"/g), ([, service]) => service);
  return (
    <>
      <ul className="portfolios">
        {[...services].map(([service, fetches]) => (
          <li key={service} data-portfolio={service}>
            {service} {fetches.length > 1 && `× ${fetches.length}`}
          </li>
        ))}
      </ul>
      <pre className="plan scroll">
        {splitFetches(plan).map(({ head, body }, index) =>
          body ? (
            <details key={index} open>
              <summary>
                <Line text={head} />
              </summary>
              {body}
            </details>
          ) : (
            <Fragment key={index}>
              <Line text={head} />
              {"\n"}
            </Fragment>
          ),
        )}
      </pre>
    </>
  );
}

function Line({ text }: { text: string }) {
  const parts = /^(\s*)(\w+)(?:\(service: "(\w+)"(.*)|(.*))$/.exec(text);
  if (!parts) return text;
  const [, indent, step, service, after, rest] = parts;
  return (
    <>
      {indent}
      <b>{step}</b>
      {service ? (
        <>
          (service: <i data-portfolio={service}>"{service}"</i>
          {after}
        </>
      ) : (
        rest
      )}
    </>
  );
}

interface Part {
  head: string;
  /** Lines of a fetch below its first one, closing bracket included. */
  body?: string;
}

/** The plan line by line, each fetch with what it asks for kept together so that it can be folded. */
function splitFetches(plan: string): Part[] {
  const lines = plan.trim().split("\n");
  const parts: Part[] = [];
  for (let at = 0; at < lines.length; at++) {
    const head = lines[at] ?? "";
    const indent = /^\s*(?=Fetch\()/.exec(head)?.[0];
    const end = indent === undefined ? -1 : lines.findIndex((line, index) => index > at && line.startsWith(`${indent}}`));
    parts.push(end < 0 ? { head } : { head, body: lines.slice(at + 1, end + 1).join("\n") });
    at = Math.max(at, end);
  }
  return parts;
}
