const INSTITUTIONS: Readonly<Record<string, string>> = {
  supplier: 'the supplier',
  dso: 'the DSO',
  'tax-authority': 'the tax authority',
  'platform-operator': 'the platform operator',
  aggregator: 'an aggregator',
  tso: 'the TSO',
}

/** A member as a reader calls it: the api names one that is no household by its kind. */
export function memberNameOf(name: string): string {
  return INSTITUTIONS[name] ?? name
}
