import { useEffect, useState } from "react";
import { persona, send } from "./requests";

interface Persona {
  role: string;
  ofCustomers: boolean;
}
interface Customer {
  id: string;
  name: string;
}
const NOBODY = { "x-persona": "developer" };

/** Chooses who asks, where callers say so themselves; nothing where they must show it. */
export function PersonaSwitch() {
  const [personas, setPersonas] = useState<Persona[]>([]);
  const [customers, setCustomers] = useState<Customer[]>([]);
  const [role, setRole] = useState("developer");
  const [customer, setCustomer] = useState("");

  useEffect(() => {
    void fetch("/personas")
      .then((response) => response.json() as Promise<{ personas: Persona[] }>)
      .then((answer) => setPersonas(answer.personas));
  }, []);
  const ofCustomers = personas.find((each) => each.role === role)?.ofCustomers ?? false;
  useEffect(() => {
    if (!ofCustomers || customers.length > 0) return;
    void send({ query: "{ customers(first: 200, orderBy: [{ field: name }]) { nodes { id name } } }" }, NOBODY).then(({ data }) => {
      const { nodes } = data?.["customers"] as { nodes: Customer[] };
      setCustomers(nodes);
      setCustomer(nodes[0]?.id ?? "");
    });
  }, [ofCustomers, customers]);
  useEffect(() => {
    persona.headers = role === "developer" ? {} : { "x-persona": role, ...(ofCustomers ? { "x-customers": customer } : {}) };
  }, [role, ofCustomers, customer]);

  if (personas.length === 0) return null;
  return (
    <span className="persona">
      <label>
        Ask as{" "}
        <select data-testid="persona" value={role} onChange={(event) => setRole(event.target.value)}>
          {personas.map((each) => (
            <option key={each.role}>{each.role}</option>
          ))}
        </select>
      </label>
      {ofCustomers && (
        <label>
          of{" "}
          <select data-testid="persona-customer" value={customer} onChange={(event) => setCustomer(event.target.value)}>
            {customers.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </span>
  );
}
