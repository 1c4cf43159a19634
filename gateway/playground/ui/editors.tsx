import { useGraphiQL } from "@graphiql/react";
import { useEffect } from "react";

/** Smaller type and wrapped lines in all four editors, for which GraphiQL has no setting. */
export function EditorOptions() {
  const editors = useGraphiQL(({ queryEditor, variableEditor, headerEditor, responseEditor }) => ({
    queryEditor,
    variableEditor,
    headerEditor,
    responseEditor,
  }));
  useEffect(() => {
    for (const editor of Object.values(editors)) editor?.updateOptions({ fontSize: 13, wordWrap: "on" });
  }, [editors]);
  return null;
}
