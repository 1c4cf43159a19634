/** Impact once more, as a reader of docs/impact.md would work it out over rows in memory: slowly, and with nothing of the product's. */
type Row = Record<string, any> & { readonly id: string };
export type Rows = Readonly<Record<string, readonly Row[]>>;

/** A link of the table, from one record to another: what it makes of each change. */
interface Edge {
  readonly from: string;
  readonly to: string;
  readonly link: string;
  readonly criticality: string | null;
  readonly carries: Readonly<Record<string, string | null>>;
}
/** What is found of a record: how long its shortest path is, how critical its most critical one, and how long the shortest of those. */
export interface Found {
  readonly shortest: number;
  readonly criticality: string | null;
  readonly mostCritical: number;
}

const LEVELS = ["ADMINISTRATIVE", "BUSINESS_OPERATIONAL", "BUSINESS_CRITICAL", "MISSION_CRITICAL"];
const SPEAKS_NOT = "silent";
const TOLD = { RETIRE: null, OUTAGE: null, CHANGE: null };
const GONE = { RETIRE: "OUTAGE", OUTAGE: "OUTAGE", CHANGE: "CHANGE" };
const LATE = { RETIRE: "DELAY", DELAY: "DELAY" };
const PROMISED: Edge["carries"] = { RETIRE: "CHANGE", OUTAGE: "CHANGE", CHANGE: "CHANGE", DELAY: "DELAY" };
const TARGETED: Edge["carries"] = { ...TOLD, DELAY: null };
const RETIRED: Edge["carries"] = { RETIRE: null };
const isCustomer = (id: string) => id.startsWith("cus_");

export class NaiveImpact {
  private readonly edges: readonly Edge[];

  constructor(
    private readonly rows: Rows,
    private readonly on: string,
  ) {
    const all = [...this.ofServices(), ...this.ofAgreements(), ...this.ofApplications(), ...this.ofPeople(), ...this.ofProjects()];
    // What a reader may not see is null, and leads nowhere.
    this.edges = all.filter(({ to }) => (to as string | null) !== null);
  }

  /** Whether the table has such a link between the two. */
  hasEdge(from: string, to: string, link: string): boolean {
    return this.edges.some((edge) => edge.from === from && edge.to === to && edge.link === link);
  }

  /** Lengths are relaxed until none becomes shorter: of each record, change and least criticality so far. */
  from(start: string, change: string): Map<string, Found> {
    const lengths = new Map<string, number>([[`${start} ${change} ${SPEAKS_NOT}`, 0]]);
    for (let again = true; again;) {
      again = false;
      for (const [key, length] of [...lengths]) {
        const [at, now, least] = key.split(" ") as [string, string, string];
        for (const edge of this.edges) {
          if (edge.from !== at || edge.to === start || !(now in edge.carries)) continue;
          const next = `${edge.to} ${edge.carries[now] ?? "end"} ${lesser(least, edge.criticality ?? SPEAKS_NOT)}`;
          if ((lengths.get(next) ?? Infinity) <= length + 1) continue;
          lengths.set(next, length + 1);
          again = true;
        }
      }
    }
    const found = new Map<string, Found>();
    for (const [key, length] of lengths) {
      const [id, , least] = key.split(" ") as [string, string, string];
      if (id === start) continue;
      const known = found.get(id);
      const criticality = least === SPEAKS_NOT ? null : least;
      const better = known === undefined || worth(criticality) > worth(known.criticality) || (criticality === known.criticality && length < known.mostCritical);
      found.set(id, {
        shortest: Math.min(known?.shortest ?? Infinity, length),
        ...(better ? { criticality, mostCritical: length } : { criticality: known.criticality, mostCritical: known.mostCritical }),
      });
    }
    return found;
  }

  // --- the table ---

  private all(type: string): readonly Row[] {
    return this.rows[type] ?? [];
  }
  private get(type: string, id: string): Row {
    return this.all(type).find((row) => row.id === id)!;
  }
  private isValid({ validFrom, validTo }: Row): boolean {
    return (!validFrom || validFrom <= this.on) && (!validTo || this.on <= validTo);
  }
  private isInForce({ state, startOn, endOn, renewal }: Row): boolean {
    return ["ACTIVE", "UNDER_REVIEW"].includes(state) && (!startOn || startOn <= this.on) && (!endOn || this.on <= endOn || renewal === "TACIT");
  }
  private isForCustomer({ parties }: Row): boolean {
    return parties.some(({ partyId, side }: Row) => side === "CUSTOMER" && isCustomer(partyId));
  }
  private isAlive(service: string): boolean {
    return this.get("Service", service)["status"] !== "RETIRED";
  }
  private isOpen(project: string): boolean {
    return !["COMPLETED", "CANCELLED"].includes(this.get("Project", project)["status"]);
  }

  private *ofServices(): Iterable<Edge> {
    const silent = { criticality: null };
    for (const { id, dependsOnIds, ownerId } of this.all("Service")) {
      for (const from of dependsOnIds) if (this.isAlive(id)) yield { from, to: id, link: "Service.supports", carries: GONE, ...silent };
      if (ownerId) yield { from: id, to: ownerId, link: "Service.owner", carries: { RETIRE: null }, ...silent };
    }
    for (const agreement of this.all("Agreement").filter((each) => this.isInForce(each)))
      for (const from of agreement["serviceIds"]) {
        const carries = this.isForCustomer(agreement) ? PROMISED : RETIRED;
        yield { from, to: agreement.id, link: "Service.agreements", carries, ...silent };
      }
    for (const { id, agreementId, serviceId } of this.all("ServiceLevelTarget")) {
      const agreement = this.get("Agreement", agreementId);
      if (!serviceId || !this.isInForce(agreement)) continue;
      yield {
        from: serviceId,
        to: id,
        link: "Service.targets",
        carries: this.isForCustomer(agreement) ? TARGETED : RETIRED,
        ...silent,
      };
    }
    for (const row of this.all("ServiceDependency").filter((each) => this.isValid(each)))
      for (const to of [row["customerId"], row["unitId"]].filter(Boolean))
        yield { from: row["serviceId"], to, link: "Service.customerDependencies", criticality: row["criticality"], carries: TOLD };
    const yearBefore = new Date(Date.parse(this.on) - 365 * 86_400_000).toISOString().slice(0, 10);
    for (const { customerId, unitId, serviceId, periodFrom, periodTo } of this.all("ServiceUsage")) {
      if (periodTo < yearBefore || periodFrom > this.on || this.get("Customer", customerId)["lifecycle"] === "FORMER") continue;
      for (const to of [customerId, unitId].filter(Boolean)) yield { from: serviceId, to, link: "Service.usages", carries: TOLD, ...silent };
    }
    for (const { projectId, serviceId, state } of this.all("Deliverable"))
      if (state === "OPEN" && this.isOpen(projectId)) yield { from: serviceId, to: projectId, link: "Service.projects", carries: TOLD, ...silent };
    for (const { applicationId, supportIds } of this.all("ApplicationFunction"))
      for (const from of supportIds) yield { from, to: applicationId, link: "Service.applicationFunctions", carries: { RETIRE: null }, ...silent };
    for (const row of this.all("Stakeholder"))
      if (row["serviceId"] && this.isValid(row))
        yield { from: row["serviceId"], to: row["personId"], link: "Service.stakeholders", carries: { RETIRE: null }, ...silent };
  }

  private *ofAgreements(): Iterable<Edge> {
    const silent = { criticality: null };
    for (const agreement of this.all("Agreement")) {
      const { id, kind, parties, serviceIds } = agreement;
      for (const { partyId, side } of parties) {
        if (side === "CUSTOMER" && isCustomer(partyId))
          yield { from: id, to: partyId, link: "Agreement.customers", carries: { CHANGE: null, DELAY: null, EXPIRE: null }, ...silent };
        if (partyId.startsWith("sup_") && this.isInForce(agreement))
          yield {
            from: partyId,
            to: id,
            link: "Supplier.agreements",
            carries: { RETIRE: "EXPIRE", OUTAGE: "EXPIRE", LEAVE: "EXPIRE", CHANGE: "CHANGE" },
            ...silent,
          };
      }
      if (["OLA", "UNDERPINNING_CONTRACT"].includes(kind))
        for (const to of serviceIds) if (this.isAlive(to)) yield { from: id, to, link: "Agreement.services", carries: { EXPIRE: "OUTAGE" }, ...silent };
    }
    for (const { id, agreementId, obligor, state, dueOn } of this.all("Obligation"))
      if (obligor === "PROVIDER" && state === "PENDING" && dueOn)
        yield { from: agreementId, to: id, link: "Agreement.obligations", carries: { DELAY: null }, ...silent };
    for (const { lowerId, upperId } of this.all("Underpinning"))
      if (this.isInForce(this.get("Agreement", upperId)))
        yield { from: lowerId, to: upperId, link: "Agreement.underpins", carries: { EXPIRE: "CHANGE" }, ...silent };
    for (const { id, contractId, criticality } of this.all("Application"))
      if (contractId) yield { from: contractId, to: id, link: "Agreement.applications", criticality: criticality ?? null, carries: { EXPIRE: "OUTAGE" } };
  }

  private *ofApplications(): Iterable<Edge> {
    const silent = { criticality: null };
    for (const { applicationId, supportIds } of this.all("ApplicationFunction"))
      for (const to of supportIds)
        if (this.isAlive(to))
          yield {
            from: applicationId,
            to,
            link: "Application.functions",
            criticality: this.get("Application", applicationId)["criticality"] ?? null,
            carries: GONE,
          };
    for (const { sourceId, targetId } of this.all("ApplicationInterface"))
      yield { from: sourceId, to: targetId, link: "Application.outgoingInterfaces", carries: TOLD, ...silent };
    for (const { projectId, applications, state } of this.all("Deliverable"))
      for (const { applicationId } of applications)
        if (state === "OPEN" && this.isOpen(projectId))
          yield { from: applicationId, to: projectId, link: "Application.projects", carries: { RETIRE: null, CHANGE: null }, ...silent };
    for (const row of this.all("ApplicationRole"))
      if (row["holderId"].startsWith("per_") && this.isValid(row))
        yield { from: row["applicationId"], to: row["holderId"], link: "Application.roles", carries: { RETIRE: null }, ...silent };
  }

  private *ofPeople(): Iterable<Edge> {
    const silent = { criticality: null };
    const valid = this.all("ApplicationRole").filter((each) => this.isValid(each));
    for (const { applicationId, holderId, role } of valid) {
      const isShared = valid.some((each) => each["applicationId"] === applicationId && each["role"] === role && each["holderId"] !== holderId);
      const link = `${holderId.startsWith("per_") ? "Person" : "Team"}.applicationRoles`;
      const { criticality = null } = this.get("Application", applicationId);
      yield { from: holderId, to: applicationId, link, criticality, carries: { LEAVE: isShared ? null : "OUTAGE" } };
    }
    for (const { id, ownerId } of this.all("Service"))
      if (ownerId && this.isAlive(id)) yield { from: ownerId, to: id, link: "Person.ownsServices", carries: { LEAVE: null }, ...silent };
    for (const { id, managerId } of this.all("Project"))
      if (managerId && this.isOpen(id)) yield { from: managerId, to: id, link: "Person.managesProjects", carries: { LEAVE: null }, ...silent };
    for (const { customerId, managerId } of this.all("Relationship"))
      if (managerId) yield { from: managerId, to: customerId, link: "Person.managesRelationships", carries: { LEAVE: null }, ...silent };
    for (const row of this.all("Stakeholder"))
      if (this.isValid(row)) yield { from: row["personId"], to: row["customerId"], link: "Person.stakeholderRoles", carries: { LEAVE: null }, ...silent };
  }

  private *ofProjects(): Iterable<Edge> {
    const silent = { criticality: null };
    for (const { projectId, serviceId, customerIds, state } of this.all("Deliverable")) {
      if (state !== "OPEN") continue;
      yield { from: projectId, to: serviceId, link: "Project.deliverables", carries: LATE, ...silent };
      for (const to of customerIds) yield { from: projectId, to, link: "Project.deliverables", carries: { RETIRE: null, DELAY: null }, ...silent };
    }
    for (const { projectId, dependsOnId } of this.all("ProjectDependency"))
      if (this.isOpen(projectId)) yield { from: dependsOnId, to: projectId, link: "Project.dependents", carries: LATE, ...silent };
    for (const { id, parentId } of this.all("CustomerUnit"))
      if (parentId) yield { from: parentId, to: id, link: "CustomerUnit.children", carries: { RETIRE: "RETIRE", CHANGE: "CHANGE" }, ...silent };
    for (const row of this.all("ServiceDependency"))
      if (row["unitId"] && this.isValid(row))
        yield {
          from: row["unitId"],
          to: row["serviceId"],
          link: "CustomerUnit.serviceDependencies",
          criticality: row["criticality"],
          carries: { RETIRE: null, CHANGE: null },
        };
  }
}

const lesser = (a: string, b: string): string => (a === SPEAKS_NOT ? b : b === SPEAKS_NOT ? a : LEVELS.indexOf(a) < LEVELS.indexOf(b) ? a : b);
const worth = (criticality: string | null): number => (criticality === null ? -1 : LEVELS.indexOf(criticality));
