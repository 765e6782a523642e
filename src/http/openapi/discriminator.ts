/** The member by which a client tells the shapes of a union apart (OpenAPI 3.1 §4.8.25). */
type Discriminator = { readonly propertyName: string; readonly mapping: Readonly<Record<string, string>> }

/** `schemas` names the component for each value of the member. */
export const discriminatedBy = (propertyName: string, schemas: Readonly<Record<string, string>>): Discriminator => ({
  propertyName,
  mapping: Object.fromEntries(
    Object.entries(schemas).map(([value, schema]) => [value, `#/components/schemas/${schema}`]),
  ),
})
