import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { ROLES, type Role } from '../domain/identity/role.ts'
import { parseAs } from './parse-as.ts'

/** What one credential can say beside who holds which role where. All of it fits into as many digests. */
export const LARGEST_CLAIM_COUNT = 16

/** A role that a credential can give. */
export type CredentialRole = Exclude<Role, 'none'>

export const CREDENTIAL_ROLES = ROLES.filter((role): role is CredentialRole => role !== 'none')

export type ClaimValue = string | number | boolean
export type Claims = Readonly<Record<string, ClaimValue>>

const text = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, 'control characters are not allowed')
const powerW = z.int().min(1).max(10_000_000_000)
const energyWh = z.int().min(1).max(10_000_000_000)

const member = z.strictObject({ name: text, community: text, postalAddress: text.optional() })

const organisation = z.strictObject({
  legalName: text,
  country: z.string().regex(/^[A-Z]{2}$/, 'give two capitals (ISO 3166-1)'),
  marketPartyCode: z
    .string()
    .regex(/^[0-9A-Z-]{15}[0-9A-Z]$/, 'give the 16 characters of an EIC')
    .optional(),
  registrationNumber: text.optional(),
})

const connectionPoint = z.strictObject({ gridArea: text, capacityW: powerW, postalAddress: text.optional() })

const device = z.strictObject({
  serialNumber: text,
  manufacturer: text.optional(),
  model: text.optional(),
  ownerName: text.optional(),
  postalAddress: text.optional(),
})

const certified = { certified: z.boolean(), certificate: text.optional() }

const meter = device.extend(certified)
const pvInverter = device.extend({ ...certified, capacityW: powerW })
const battery = device.extend({ capacityWh: energyWh, powerW })
const evCharger = device.extend({ powerW, isBidirectional: z.boolean() })
const heatPump = device.extend({ powerW })

const schemas = {
  prosumer: member,
  consumer: member,
  'community-manager': member,
  'microgrid-trader': member,
  aggregator: organisation,
  supplier: organisation,
  dso: organisation,
  tso: organisation,
  'metering-operator': organisation,
  'market-operator': organisation,
  'settlement-bank': organisation,
  auditor: organisation,
  regulator: organisation,
  'tax-authority': organisation,
  'platform-operator': organisation,
  'receipt-signer': organisation,
  'connection-point': connectionPoint,
  meter: meter,
  gateway: device,
  battery: battery,
  'ev-charger': evCharger,
  'heat-pump': heatPump,
  'pv-inverter': pvInverter,
} satisfies Record<CredentialRole, z.ZodType>

const SCOPE_CLAIMS = ['area', 'connectionPoint', 'connectionPointSalt']

/** What a credential for the role can disclose, by name. */
export function claimNamesOf(role: CredentialRole): readonly string[] {
  return [...SCOPE_CLAIMS, ...Object.keys(schemas[role].shape)]
}

export type ClaimsOf<Named extends CredentialRole> = Readonly<z.infer<(typeof schemas)[Named]>>

/** The claims of a credential for the role. Throws `credential-claims-invalid`, naming the claim. */
export function parseClaims<Named extends CredentialRole>(role: Named, claims: unknown): ClaimsOf<Named> & Claims {
  const invalid = (why: string) =>
    new DomainError('credential-claims-invalid', `the claims of a ${role} credential are not valid: ${why}`)
  const data = parseAs(schemas[role], claims, invalid) as Record<string, ClaimValue>
  if ('certified' in data && data.certified !== (data.certificate !== undefined)) {
    throw invalid('certificate: give one exactly where certified is true')
  }
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) as ClaimsOf<Named> & Claims
}
