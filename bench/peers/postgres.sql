-- What PostGraphile publishes beside the tables: the links that the graph has as fields, each as a function that PostgreSQL takes into the statement.

CREATE FUNCTION graph.customers_from(first_code text) RETURNS SETOF graph.customer LANGUAGE sql STABLE AS $$
  SELECT * FROM graph.customer WHERE code >= first_code ORDER BY code
$$;

CREATE FUNCTION graph.agreements_from(first_code text) RETURNS SETOF graph.agreement LANGUAGE sql STABLE AS $$
  SELECT * FROM graph.agreement WHERE code >= first_code ORDER BY code
$$;

CREATE FUNCTION graph.customer_agreements(customer graph.customer) RETURNS SETOF graph.agreement LANGUAGE sql STABLE AS $$
  SELECT a.* FROM graph.agreement a WHERE a.id IN (SELECT p."recordId" FROM links.agreement_parties p WHERE p."partyId" = customer.id) ORDER BY a.id
$$;

CREATE FUNCTION graph.agreement_services(agreement graph.agreement) RETURNS SETOF graph.service LANGUAGE sql STABLE AS $$
  SELECT s.* FROM graph.service s WHERE s.id IN (SELECT l."toId" FROM links.agreement_services l WHERE l."recordId" = agreement.id) ORDER BY s.id
$$;

CREATE FUNCTION graph.agreement_customers(agreement graph.agreement) RETURNS SETOF graph.customer LANGUAGE sql STABLE AS $$
  SELECT c.* FROM graph.customer c WHERE c.id IN (SELECT p."partyId" FROM links.agreement_parties p WHERE p."recordId" = agreement.id) ORDER BY c.id
$$;

CREATE FUNCTION graph.service_projects(service graph.service) RETURNS SETOF graph.project LANGUAGE sql STABLE AS $$
  SELECT t.* FROM graph.project t
  WHERE t.id IN (SELECT d."projectId" FROM links.deliverable d WHERE d."serviceId" = service.id AND d.state IN ('OPEN', 'DONE')) ORDER BY t.id
$$;

CREATE FUNCTION graph.service_applications(service graph.service) RETURNS SETOF graph.application LANGUAGE sql STABLE AS $$
  SELECT t.* FROM graph.application t
  WHERE t.id IN (SELECT l."applicationId" FROM links.application_function_supports l WHERE l."toId" = service.id) ORDER BY t.id
$$;

-- The business owner of today of each application; a view, since PostgreSQL takes no function into a statement that answers one row.
CREATE VIEW graph.application_owner AS
  SELECT DISTINCT ON (r."applicationId") r."applicationId", p.name, p.email
  FROM links.application_role r JOIN links.person p ON p.id = r."holderId"
  WHERE r.role = 'BUSINESS_OWNER'
    AND COALESCE(r."validFrom", to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')) <= to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')
    AND COALESCE(r."validTo", to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')) >= to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')
  ORDER BY r."applicationId", COALESCE(r."validFrom", '') DESC, r.id;
COMMENT ON VIEW graph.application_owner IS
  E'@primaryKey applicationId\n@foreignKey ("applicationId") references graph.application (id)|@foreignFieldName owner';
