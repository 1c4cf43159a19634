import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./theme.css";
import "./playground.css";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";
import { EditorOptions } from "./editors";
import { Header } from "./header";
import { operations } from "./operations";
import { PersonaSwitch } from "./personas";
import { planPlugin } from "./plan";
import { questionsPlugin } from "./questions";
import { fetcher } from "./requests";

const plugins = [questionsPlugin, planPlugin, HISTORY_PLUGIN];

function Playground() {
  const { query, variables } = readOpenTab() ?? operations[0] ?? {};
  return (
    <>
      <Header page="Playground">
        <PersonaSwitch />
      </Header>
      <GraphiQL
        fetcher={fetcher}
        plugins={plugins}
        visiblePlugin={questionsPlugin}
        initialQuery={query ?? ""}
        initialVariables={variables ?? ""}
        defaultEditorToolsVisibility="variables"
      >
        <GraphiQL.Logo>{null}</GraphiQL.Logo>
        <EditorOptions />
      </GraphiQL>
    </>
  );
}

interface StoredTab {
  query: string | null;
  variables: string | null;
}

/** The tab that was open when the page was left: GraphiQL itself brings back its query, but not its variables. */
function readOpenTab(): StoredTab | undefined {
  try {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem("graphiql:tabState") ?? "") as {
      tabs: StoredTab[];
      activeTabIndex: number;
    };
    return tabs[activeTabIndex];
  } catch {
    return undefined;
  }
}

createRoot(document.getElementById("root")!).render(<Playground />);
