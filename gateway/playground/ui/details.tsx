import type { Entity, Graph, Link } from "./entities";

interface DetailsProps {
  graph: Graph;
  entity: Entity;
}

/** What one entity is, and its links to others in both directions. */
export function Details({ graph, entity }: DetailsProps) {
  const out = graph.links.filter((link) => link.from === entity.name);
  const into = graph.links.filter((link) => link.to === entity.name && link.from !== entity.name);
  const portfolioOf = (name: string) => graph.entities.find((other) => other.name === name)?.portfolio;
  return (
    <article className="details" data-portfolio={entity.portfolio} data-testid="details">
      <a className="back" href="#">
        ← All entities
      </a>
      <h2>{entity.name}</h2>
      <p className="home">{entity.portfolio} portfolio</p>
      <p>{entity.description}</p>
      <Links title="Leads to" links={out} nameOf={(link) => link.to} labelOf={(link) => link.field} portfolioOf={portfolioOf} />
      <Links title="Reached from" links={into} nameOf={(link) => link.from} labelOf={(link) => `.${link.field}`} portfolioOf={portfolioOf} />
      <section>
        <h3>Own fields</h3>
        <ul>
          {entity.fields.map(({ name, type, description }) => (
            <li key={name} title={description}>
              <code>{name}</code>
              <span className="type">{type}</span>
            </li>
          ))}
        </ul>
      </section>
    </article>
  );
}

interface LinksProps {
  title: string;
  links: Link[];
  nameOf: (link: Link) => string;
  labelOf: (link: Link) => string;
  portfolioOf: (name: string) => string | undefined;
}

function Links({ title, links, nameOf, labelOf, portfolioOf }: LinksProps) {
  if (links.length === 0) return null;
  return (
    <section>
      <h3>
        {title} <span>{links.length}</span>
      </h3>
      <ul>
        {links.map((link) => (
          <li key={`${link.from}.${link.field} ${link.to}`} title={link.description}>
            <code>
              {labelOf(link)}
              {link.many && <small> many</small>}
            </code>
            <a href={`#${nameOf(link)}`} data-portfolio={portfolioOf(nameOf(link))}>
              {nameOf(link)}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
