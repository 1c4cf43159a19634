/** The floor: each operation as SQL written by hand over all portfolios' databases, its answer by JSON.stringify, plain node:http. */
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import mysql from "mysql2/promise";

const pool = mysql.createPool({ uri: process.env.DATABASE_URL.replace("/{portfolio}", ""), connectionLimit: 16, rowsAsArray: true, charset: "utf8mb4" });
const select = async (sql, cells) => (await pool.query(sql, cells))[0];

/** Customers, five agreements of each, the first service of each agreement. `which` is a subquery of customers. What a page holds is chosen before it is read, here as in the rest. */
const customersSql = (which) => `
  SELECT x.code, x.name, x.segment, a.code, a.title, a.state, a.endOn, s.id, s.code, s.name, s.status
  FROM (
    SELECT c.code, c.name, c.segment, p.recordId, ROW_NUMBER() OVER (PARTITION BY c.id ORDER BY p.recordId) AS place
    FROM (${which}) c LEFT JOIN agreement.agreement_parties p ON p.partyId = c.id
  ) x
  LEFT JOIN agreement.agreement a ON a.id = x.recordId
  LEFT JOIN service.service s ON s.id = (SELECT MIN(l.toId) FROM agreement.agreement_services l WHERE l.recordId = a.id)
  WHERE x.place <= 5 ORDER BY x.code, x.place`;
const oneSql = customersSql("SELECT id, code, name, segment FROM customer.customer WHERE code = ?");
const pageSql = customersSql("SELECT id, code, name, segment FROM customer.customer WHERE code >= ? ORDER BY code LIMIT 50");

const projectsSql = `
  SELECT x.serviceId, t.code, t.name, t.status, t.plannedEnd
  FROM (
    SELECT d.serviceId, d.projectId, ROW_NUMBER() OVER (PARTITION BY d.serviceId ORDER BY d.projectId) AS place
    FROM (SELECT DISTINCT serviceId, projectId FROM project.deliverable WHERE serviceId IN (?) AND state IN ('OPEN', 'DONE') AND projectId IS NOT NULL) d
  ) x
  JOIN project.project t ON t.id = x.projectId
  WHERE x.place <= 5 ORDER BY x.serviceId, x.place`;

const applicationsSql = `
  SELECT x.serviceId, t.id, t.code, t.name, t.lifecycle, o.id, o.name, o.email
  FROM (
    SELECT f.serviceId, f.applicationId, ROW_NUMBER() OVER (PARTITION BY f.serviceId ORDER BY f.applicationId) AS place
    FROM (
      SELECT DISTINCT l.toId AS serviceId, l.applicationId FROM application.application_function_supports l WHERE l.toId IN (?)
    ) f
  ) x
  JOIN application.application t ON t.id = x.applicationId
  LEFT JOIN application.application_role r ON r.applicationId = t.id AND r.role = 'BUSINESS_OWNER' AND r.holderId LIKE 'per\\_%'
    AND COALESCE(r.validFrom, ?) <= ? AND COALESCE(r.validTo, ?) >= ?
  LEFT JOIN people.person o ON o.id = r.holderId
  WHERE x.place <= 2 ORDER BY x.serviceId, x.place, COALESCE(r.validFrom, '') DESC, r.id`;

const agreementsSql = `
  SELECT a.code, a.title, a.state, s.name, c.name
  FROM agreement.agreement a
  LEFT JOIN service.service s ON s.id = (SELECT MIN(l.toId) FROM agreement.agreement_services l WHERE l.recordId = a.id)
  LEFT JOIN customer.customer c ON c.id = (SELECT MIN(p.partyId) FROM agreement.agreement_parties p WHERE p.recordId = a.id AND p.partyId LIKE 'cus\\_%')
  WHERE a.code >= ? ORDER BY a.code LIMIT 500`;

async function readCustomers(sql, code) {
  const rows = await select(sql, [code]);
  const ids = [...new Set(rows.map((row) => row[7]).filter((id) => id !== null))];
  const services = new Map();
  if (ids.length > 0) {
    const day = new Date().toISOString().slice(0, 10);
    const [projects, applications] = await Promise.all([select(projectsSql, [ids]), select(applicationsSql, [ids, day, day, day, day])]);
    for (const id of ids) services.set(id, { projects: [], applications: [], last: null });
    for (const [id, code, name, status, plannedEnd] of projects) services.get(id).projects.push({ code, name, status, plannedEnd });
    for (const [id, applicationId, code, name, lifecycle, ownerId, ownerName, email] of applications) {
      const service = services.get(id);
      // The latest owner comes first.
      if (service.last === applicationId) continue;
      service.last = applicationId;
      service.applications.push({ code, name, lifecycle, owner: ownerId === null ? null : { name: ownerName, email } });
    }
  }
  const customers = [];
  let customer;
  for (const [customerCode, name, segment, agreementCode, title, state, endOn, id, serviceCode, serviceName, status] of rows) {
    if (customer?.code !== customerCode) customers.push((customer = { code: customerCode, name, segment, agreements: { nodes: [] } }));
    if (agreementCode === null) continue;
    const nodes = [];
    if (id !== null) {
      const { projects, applications } = services.get(id);
      nodes.push({ code: serviceCode, name: serviceName, status, projects: { nodes: projects }, applications: { nodes: applications } });
    }
    customer.agreements.nodes.push({ code: agreementCode, title, state, endOn, services: { nodes } });
  }
  return customers;
}

const operations = {
  OneCustomer: async ({ code }) => ({ customer: (await readCustomers(oneSql, code))[0] ?? null }),
  PageOfCustomers: async ({ code }) => ({ customers: { nodes: await readCustomers(pageSql, code) } }),
  ThreeFields: async ({ code }) => {
    const [row] = await select("SELECT name, segment, industry FROM customer.customer WHERE code = ?", [code]);
    return { customer: row ? { name: row[0], segment: row[1], industry: row[2] } : null };
  },
  Agreements: async ({ code }) => ({
    agreements: {
      nodes: (await select(agreementsSql, [code])).map(([agreementCode, title, state, service, customer]) => ({
        code: agreementCode,
        title,
        state,
        services: { nodes: service === null ? [] : [{ name: service }] },
        customers: { nodes: customer === null ? [] : [{ name: customer }] },
      })),
    },
  }),
};

createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", async () => {
    const { operationName, variables } = JSON.parse(Buffer.concat(parts).toString());
    const body = JSON.stringify({ data: await operations[operationName](variables) });
    response.writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(body) }).end(body);
  });
}).listen(Number(process.env.PORT), "127.0.0.1");
