import type { ReactNode } from "react";

const pages = [
  { name: "Playground", href: "./" },
  { name: "Schema", href: "./schema.html" },
];

export function Header({ page, children }: { page: "Playground" | "Schema"; children?: ReactNode }) {
  return (
    <header className="header">
      <a className="brand" href="./">
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M5 5l10 3M5 5l3 10M15 8l-7 7" stroke="currentColor" strokeWidth="1.6" />
          <g fill="currentColor">
            <circle cx="5" cy="5" r="3" />
            <circle cx="15" cy="8" r="3" />
            <circle cx="8" cy="15" r="3" />
          </g>
        </svg>
        BRM graph
      </a>
      <nav aria-label="Pages">
        {pages.map(({ name, href }) => (
          <a key={name} href={href} aria-current={name === page ? "page" : undefined}>
            {name}
          </a>
        ))}
      </nav>
      {children}
      <span className="tagline">Customers, agreements, services, projects and applications as one graph</span>
    </header>
  );
}
