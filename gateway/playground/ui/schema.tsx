// For its fonts, so that both pages look alike.
import "graphiql/style.css";
import "./theme.css";
import "./schema.css";
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from "graphql";
import { StrictMode, useEffect, useState, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { Details } from "./details";
import { Diagram } from "./diagram";
import { readGraph, type Entity, type Graph } from "./entities";
import { Header } from "./header";
import { portfolios } from "./portfolios";
import { send } from "./requests";

function SchemaPage() {
  const [graph, setGraph] = useState<Graph>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    fetchGraph().then(setGraph, (error: unknown) => setFailure(String(error)));
  }, []);
  return (
    <>
      <Header page="Schema" />
      {graph ? <Explorer graph={graph} /> : <p className="notice">{failure ?? "Reading the schema …"}</p>}
    </>
  );
}

function Explorer({ graph }: { graph: Graph }) {
  const [search, setSearch] = useState("");
  const hash = useSyncExternalStore(subscribeToHash, () => location.hash.slice(1));
  const selected = search ? undefined : graph.entities.find((entity) => entity.name === hash);
  const found = graph.entities.filter((entity) => entity.name.toLowerCase().includes(search.trim().toLowerCase()));
  const openFirst = () => {
    if (found[0]) location.hash = found[0].name;
    setSearch("");
  };
  useEffect(() => setSearch(""), [hash]);
  return (
    <main className="explorer">
      <aside>
        <input
          className="search"
          type="search"
          placeholder="Find an entity"
          aria-label="Find an entity"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && openFirst()}
        />
        {selected ? <Details graph={graph} entity={selected} /> : <Entities found={found} />}
      </aside>
      <Diagram graph={graph} selected={selected} found={search ? new Set(found) : undefined} />
    </main>
  );
}

function Entities({ found }: { found: Entity[] }) {
  const groups = Map.groupBy(found, (entity) => entity.portfolio);
  return (
    <nav className="entities" aria-label="Entities">
      {portfolios.map((portfolio) => (
        <section key={portfolio} data-portfolio={portfolio}>
          {groups.has(portfolio) && <h3>{portfolio}</h3>}
          {groups.get(portfolio)?.map(({ name, main }) => (
            <a key={name} href={`#${name}`} className={main ? "main" : undefined}>
              {name}
            </a>
          ))}
        </section>
      ))}
      {found.length === 0 && <p className="hint">No entity has this in its name.</p>}
    </nav>
  );
}

async function fetchGraph(): Promise<Graph> {
  const { data, errors } = await send({ query: getIntrospectionQuery(), operationName: "IntrospectionQuery" });
  if (!data) throw new Error(errors?.[0]?.message ?? "The gateway answered without a schema.");
  return readGraph(buildClientSchema(data as unknown as IntrospectionQuery));
}

function subscribeToHash(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}

// The theme chosen in the playground's settings holds here too.
const theme = localStorage.getItem("graphiql:theme");
if (theme) document.body.classList.add(`graphiql-${theme}`);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <SchemaPage />
  </StrictMode>,
);
