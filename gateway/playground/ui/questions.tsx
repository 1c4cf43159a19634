import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useState } from "react";
import { groupOperations, operations, type Operation } from "./operations";

export const questionsPlugin = { title: "Questions", icon: QuestionsIcon, content: Questions };

function Questions() {
  const [search, setSearch] = useState("");
  const openQuery = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.query);
  const open = useOpenOperation();
  const groups = groupOperations(operations.filter((operation) => matches(operation, search)));
  return (
    <section className="panel" aria-label="Questions">
      <h2>Questions</h2>
      <input
        className="search"
        type="search"
        placeholder="Search the questions"
        aria-label="Search the questions"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <div className="scroll" data-testid="questions">
        {groups.map(([group, list]) => (
          <section key={group} className="asker">
            <h3>{group}</h3>
            {list[0]?.dataSet && <p className="hint">Answered once {group} has been imported: docs/import.md says how.</p>}
            {list.map((operation) => (
              <Question key={operation.key} operation={operation} current={operation.query === openQuery} onOpen={open} />
            ))}
          </section>
        ))}
        {groups.length === 0 && <p className="hint">No question has these words.</p>}
      </div>
    </section>
  );
}

interface QuestionProps {
  operation: Operation;
  current: boolean;
  /** Null as long as there are no editors to open it in. */
  onOpen: ((operation: Operation) => void) | null;
}

function Question({ operation, current, onOpen }: QuestionProps) {
  const { key, number, title, question } = operation;
  return (
    <button
      type="button"
      className="question"
      data-testid={`question-${number ?? key}`}
      aria-current={current}
      disabled={!onOpen}
      onClick={() => onOpen?.(operation)}
    >
      <span className="number">{number ?? "·"}</span>
      <span>
        <strong>{title}</strong>
        <span className="words">{question}</span>
      </span>
    </button>
  );
}

/** Opens an operation in a tab of its own; one that is already open and untouched is shown again. Null until the editors are loaded. */
function useOpenOperation() {
  const actions = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor, headerEditor } = useGraphiQL(({ tabs, queryEditor, variableEditor, headerEditor }) => ({
    tabs,
    queryEditor,
    variableEditor,
    headerEditor,
  }));
  if (!queryEditor || !variableEditor) return null;
  return ({ query, variables, name }: Operation) => {
    const opened = tabs.findIndex((tab) => tab.query === query && (tab.variables ?? "") === variables);
    if (opened >= 0) {
      actions.changeTab(opened);
    } else {
      const headers = headerEditor?.getValue() ?? "";
      actions.addTab();
      queryEditor.setValue(query);
      variableEditor.setValue(variables);
      headerEditor?.setValue(headers);
      actions.updateActiveTabValues({ query, variables, headers });
    }
    // GraphiQL reads its editors only a moment later: a quick Run would send the former tab's name.
    actions.setOperationName(name);
  };
}

function matches({ number, askedBy, dataSet, title, question }: Operation, search: string): boolean {
  const text = `${number ?? ""} ${askedBy} ${dataSet ?? ""} ${title} ${question}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function QuestionsIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round">
      <path d="M3 4h14v10H9l-4 3v-3H3zM8 7.500a2 2 0 1 1 2.600 1.900c-.4.2-.6.4-.6.8M10 12.200v.1" />
    </svg>
  );
}
