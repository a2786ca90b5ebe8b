import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { nominationLeafOf } from '../../services/domain/flexibility/baseline/nomination-tree.ts'
import {
  assetLeafOf,
  entryLeafOf,
  flexStatementLeafOf,
} from '../../services/domain/flexibility/settlement/flex-leaves.ts'
import { encodeInteger, type SumLeaf } from '../../services/domain/metering/merkle-sum-tree.ts'
import { readingLeafOf, type SaltedReading } from '../../services/domain/metering/reading-tree.ts'
import { deliveryPeriod, energyWh } from '../../services/domain/units.ts'
import { readFlexConsents } from '../../services/runtime/flex-consents.ts'
import type { Store } from '../../services/store/connect.ts'
import { assetOf, entryOf, statementOf } from '../../services/store/flexibility/flex-leaves.ts'
import { baselineOf } from '../../services/store/flexibility/nominated-baselines.ts'
import type { Household } from '../../services/store/households.ts'
import type { Needle } from './ledger-scan.ts'

type CredentialPayload = { readonly salt: string; readonly credentialSubject: { readonly serialNumber?: string } }

const SALT_BYTES = 32
/** Of each there must be something to look for. */
export const PERSONAL_KINDS = [
  'name',
  'connection point',
  'unsalted hash of a name',
  'unsalted hash of a connection point',
  'unsalted hash of a reading',
  'register',
  'energies',
  'salt of a connection point',
  'salt of a credential',
  'serial number',
  'salt of a reading',
  'salt of a statement of a period',
  'salt of a statement of a day',
  'chain code of a trading key',
  'salt of a link',
  'leaf of a link',
]

/** What there is to know of homes whose flexibility was delivered. */
export const FLEXIBILITY_KINDS = [
  ...['delivery', 'period of flexibility', 'day of flexibility', 'nominated baseline'].flatMap((kind) => [
    `salt of a ${kind}`,
    `unsalted hash of a ${kind}`,
  ]),
  'salt of a consent',
]

/** Salts of sealed offers are part of offers, which the ledger holds. */
export async function needlesOfFlexibility({ client }: Store, dataFolder: string): Promise<Needle[]> {
  const [assets, entries, statements, nominated, consents] = await Promise.all([
    client.flexAsset.findMany(),
    client.flexEntry.findMany(),
    client.flexStatement.findMany(),
    client.nominatedBaseline.findMany(),
    readFlexConsents(dataFolder),
  ])
  // An entry of which all is zero says nothing.
  const telling = entries.map(entryOf).filter((entry) => entry.delivered + entry.revenue + entry.penalty > 0n)
  return [
    ...saltsOf('delivery', assets),
    // What is in a leaf does not depend on the direction, which decides what the tree adds up.
    ...unsaltedOf(
      'delivery',
      assets.map(assetOf).map((asset) => assetLeafOf('consume-less', asset)),
    ),
    ...saltsOf('period of flexibility', entries),
    ...unsaltedOf('period of flexibility', telling.map(entryLeafOf)),
    ...saltsOf('day of flexibility', statements),
    ...unsaltedOf('day of flexibility', statements.map(statementOf).map(flexStatementLeafOf)),
    ...saltsOf('nominated baseline', nominated),
    ...unsaltedOf('nominated baseline', nominated.map(baselineOf).map(nominationLeafOf)),
    ...saltsOf('consent', consents),
  ]
}

/**
 * All that the database and households' credentials say of people and that must not be on the ledger. Orders' salts are part of orders, which the ledger holds, and so are quantities and prices.
 */
export async function readPersonalData({ client }: Store, dataFolder: string): Promise<Needle[]> {
  const [households, readings, leaves, statements, dayStatements] = await Promise.all([
    client.household.findMany(),
    client.meterReading.findMany(),
    client.readingLeaf.findMany(),
    client.statement.findMany(),
    client.dayStatement.findMany(),
  ])
  const salted = leaves.map((leaf): SaltedReading => ({
    memberId: leaf.memberId,
    period: deliveryPeriod(leaf.period),
    importStart: energyWh(leaf.importStartWh),
    importEnd: energyWh(leaf.importEndWh),
    exportStart: energyWh(leaf.exportStartWh),
    exportEnd: energyWh(leaf.exportEndWh),
    quality: leaf.quality === 'metered' ? 'metered' : 'estimated',
    salt: leaf.salt,
  }))
  const registers = [
    ...readings.flatMap(({ importRegisterWh, exportRegisterWh }) => [importRegisterWh, exportRegisterWh]),
    ...salted.flatMap(({ importEnd, exportEnd }) => [importEnd, exportEnd]),
  ]
  return [
    ...households.flatMap(needlesOfHousehold),
    ...(await readCredentialNeedles(dataFolder)),
    ...[...new Set(registers)].flatMap(needleOfRegister),
    ...salted.map(readingLeafOf).flatMap(({ a, b }) => needleOfEnergies(a, b)),
    ...unsaltedOf('reading', salted.map(readingLeafOf)),
    ...saltsOf('reading', leaves),
    ...saltsOf('statement of a period', statements),
    ...saltsOf('statement of a day', dayStatements),
    ...(await readTraderNeedles({ client })),
  ]
}

/** What would say which member a trader is: of what is derived the chain codes, of links what was never revealed. */
async function readTraderNeedles({ client }: Pick<Store, 'client'>): Promise<Needle[]> {
  const [chains, links, reveals] = await Promise.all([
    client.keyChain.findMany(),
    client.traderLink.findMany(),
    client.indexedEvent.findMany({ where: { name: 'TraderRevealed' } }),
  ])
  const revealed = new Set(
    reveals.map(({ arguments: values }) => {
      const { area, day, trader } = values as Record<string, string>
      return `${area}:${day}:${trader}`
    }),
  )
  const isRevealed = ({ area, day, trader }: (typeof links)[number]) => revealed.has(`${area}:${day}:${trader}`)
  const pages = [...Map.groupBy(links, ({ area, day, page }) => `${area}:${day}:${page}`).values()]
  // Who reveals one shows the leaf beside its own; a leaf that is alone on its page is the root.
  const apart = pages.filter((page) => page.length > 1 && !page.some(isRevealed))
  return [
    ...chains.map(({ chainCode }) => ({
      kind: 'chain code of a trading key',
      bytes: hexToBytes(chainCode.slice(2)),
    })),
    ...saltsOf(
      'link',
      links.filter((link) => !isRevealed(link)),
    ),
    ...apart.flat().map(({ leaf }) => ({ kind: 'leaf of a link', bytes: hexToBytes(leaf.slice(2)) })),
  ]
}

/** What else there is to know of homes that joined, or are going to: their names, codes, and the salts of their documents. */
export async function needlesOfJoining(
  { client }: Store,
  spares: readonly { serialNumber: string; connectionPoint: string; claimCode: string; confirmationCode: string }[],
  invitationCodes: readonly string[],
): Promise<Needle[]> {
  const [joinings, credentials] = await Promise.all([client.joining.findMany(), client.issuedCredential.findMany()])
  const printed = spares.flatMap(({ claimCode, confirmationCode }) => [claimCode, confirmationCode])
  const codes = [...invitationCodes, ...printed, ...printed.map((code) => code.replaceAll('-', ''))]
  return [
    ...joinings.map(({ name }) => ({ kind: 'name', bytes: utf8ToBytes(name) })),
    ...spares.map(({ connectionPoint }) => ({ kind: 'connection point', bytes: utf8ToBytes(connectionPoint) })),
    ...spares.map(({ serialNumber }) => ({ kind: 'serial number', bytes: utf8ToBytes(serialNumber) })),
    ...codes.map((code) => ({ kind: 'code', bytes: utf8ToBytes(code) })),
    ...codes.flatMap((code) =>
      [sha256, keccak_256].map((hash) => ({ kind: 'hash of a code', bytes: hash(utf8ToBytes(code)) })),
    ),
    ...credentials.flatMap(({ jwt }) => (jwt === null ? [] : needlesOfCredential(jwt))),
  ]
}

/** As many values of the same kinds that nobody ever recorded: how often these are found is how often chance finds. */
export function neverRecorded(needles: readonly Needle[]): Needle[] {
  return needles.map(({ kind, bytes }, position) => {
    const chance = sha256(utf8ToBytes(`never recorded ${position}`))
    if (kind === 'register')
      return { kind, bytes: concatBytes(Uint8Array.of(0, 0, 0, 1 + (chance[0]! % 99)), chance.slice(1, 5)) }
    if (kind === 'energies') {
      const [imported, exported] = [chance[0]! * 16 + 1, chance[1]! % 2 === 0 ? 0 : chance[2]! * 16]
      return needleOfEnergies(BigInt(imported), BigInt(exported))[0]!
    }
    return { kind, bytes: chance.slice(0, bytes.length) }
  })
}

/** What there is to know of a household, as it might have slipped onto a ledger. */
function needlesOfHousehold(household: Household): Needle[] {
  const { memberId, area, name, connectionPoint, connectionPointSalt } = household
  const publicNumbers = [memberId, area].flatMap((number) => [
    utf8ToBytes(String(number)),
    ...[1, 2, 3, 4, 8, 32].map((length) => encodeInteger(BigInt(number), length)),
  ])
  const publicKeys = [household.account, household.tradingKey, household.meterKey].map((key) =>
    hexToBytes(key.slice(2)),
  )
  const identifiers = { name, 'connection point': connectionPoint }
  return [
    { kind: 'salt of a connection point', bytes: hexToBytes(connectionPointSalt.slice(2)) },
    ...Object.entries(identifiers).flatMap(([kind, text]) => {
      const identifier = utf8ToBytes(text)
      const known = [new Uint8Array(), ...publicNumbers, ...publicKeys]
      const guessable = known.flatMap((other) => [concatBytes(identifier, other), concatBytes(other, identifier)])
      return [{ kind, bytes: identifier }, ...hashesOf(kind, guessable)]
    }),
  ]
}

/** Registers in the width of a leaf. Below 2^32 a value is too likely to occur by chance to say anything. */
function needleOfRegister(register: bigint): Needle[] {
  return register < 2n ** 32n ? [] : [{ kind: 'register', bytes: encodeInteger(register, 8) }]
}

/** A quarter-hour's energies as a tree's leaf has them, 16 bytes; one alone has mostly zeros and occurs by chance. */
function needleOfEnergies(imported: bigint, exported: bigint): Needle[] {
  if (imported === 0n && exported === 0n) return []
  return [{ kind: 'energies', bytes: concatBytes(encodeInteger(imported, 8), encodeInteger(exported, 8)) }]
}

/** Whoever knows the content without its salt could test guesses against these. */
function hashesOf(kind: string, contents: readonly Uint8Array[]): Needle[] {
  return contents.flatMap((content) =>
    [keccak_256, sha256].map((hash) => ({ kind: `unsalted hash of a ${kind}`, bytes: hash(content) })),
  )
}

/** Of the documents that households keep, what is not public: the salts of their digests, and what devices are called. */
async function readCredentialNeedles(dataFolder: string): Promise<Needle[]> {
  const folder = path.join(dataFolder, 'credentials')
  const files = await Promise.all((await readdir(folder)).map((file) => readFile(path.join(folder, file), 'utf8')))
  return files.flatMap((text) => JSON.parse(text) as { jwt: string }[]).flatMap(({ jwt }) => needlesOfCredential(jwt))
}

function needlesOfCredential(jwt: string): Needle[] {
  const { salt, credentialSubject } = JSON.parse(
    Buffer.from(jwt.split('.')[1]!, 'base64url').toString(),
  ) as CredentialPayload
  const { serialNumber } = credentialSubject
  return [
    { kind: 'salt of a credential', bytes: hexToBytes(salt.slice(2)) },
    // A meter of the set-up is called by its key, which is public.
    ...(serialNumber === undefined || serialNumber.startsWith('0x')
      ? []
      : [{ kind: 'serial number', bytes: utf8ToBytes(serialNumber) }]),
  ]
}

/** The leaves of a commitment whose salt somebody forgot, or took for zero. */
function unsaltedOf(kind: string, leaves: readonly SumLeaf[]): Needle[] {
  return leaves.flatMap(({ bytes }) => {
    const content = bytes.slice(0, -SALT_BYTES)
    const unsalted = [content, concatBytes(content, new Uint8Array(SALT_BYTES))]
    return hashesOf(kind, [...unsalted, ...unsalted.map((leaf) => concatBytes(Uint8Array.of(0), leaf))])
  })
}

function saltsOf(kind: string, rows: readonly { readonly salt: string }[]): Needle[] {
  return rows.map(({ salt }) => ({ kind: `salt of a ${kind}`, bytes: hexToBytes(salt.slice(2)) }))
}
