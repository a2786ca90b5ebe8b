import { z } from 'zod'
import { householdDay, householdOrder, periodStatement } from './households.ts'
import { challenge } from './neighbourhood.ts'
import {
  address,
  beforeBlock,
  blockNumber,
  blockNumberInPath,
  count,
  deliveryPeriod,
  energyWh,
  gas,
  hash,
  hashInPath,
  limit,
  memberId,
  memberIdInPath,
  memberIdInQuery,
  pageOf,
  periodInPath,
  periodInQuery,
  priceMicroEuroPerKwh,
  readingQuality,
  sessionState,
  unixTime,
} from './scalars.ts'
import { gateCloser } from './sessions.ts'

const packedField = z
  .object({ field: z.string(), bytes: z.number().int().min(1), meaning: z.string() })
  .meta({ id: 'PackedField' })

export const ledgerIdentity = z
  .object({
    chainId: count.meta({ description: 'EIP-155 chain id.' }),
    contracts: z.record(z.string(), address).meta({ description: 'Addresses by name, such as callAuction.' }),
    signing: z
      .object({
        name: z.literal('Commonwatt'),
        version: z.literal('1'),
        order: z.string().meta({ description: 'EIP-712 type of an order; its verifying contract is callAuction.' }),
        meterReading: z
          .string()
          .meta({ description: 'EIP-712 type of a meter reading; its verifying contract is meterReadings.' }),
        receipt: z
          .string()
          .meta({ description: "EIP-712 type of an order's receipt; its verifying contract is orderReceipts." }),
        meterClaim: z.string().meta({
          description: 'EIP-712 type by which a meter says whose it is; its verifying contract is memberRegistry.',
        }),
        tradingKey: z.string().meta({
          description:
            'EIP-712 type by which a trading key says whose it is; its verifying contract is memberRegistry.',
        }),
        receiptSigner: address.meta({ description: 'Address of the key that signs the receipts.' }),
        packedOrder: z.array(packedField).meta({
          description:
            'An order as it lies in a session on the ledger: these fields one after the other, big-endian. Salt and what is ' +
            'before it are its terms.',
        }),
      })
      .meta({ id: 'Signing', description: 'What orders and readings are signed as: the EIP-712 domain and types.' }),
  })
  .meta({ id: 'LedgerIdentity' })

export type LedgerIdentity = z.infer<typeof ledgerIdentity>

export const block = z
  .object({ number: blockNumber, hash, parentHash: hash, timestamp: unixTime, gasUsed: gas, transactionCount: count })
  .meta({ id: 'Block' })

export const transactionSummary = z
  .object({
    hash,
    blockNumber,
    timestamp: unixTime,
    position: count.meta({ description: 'Place in the block, from 0.' }),
    sender: address,
    recipient: address.nullable().meta({ description: 'Null for the creation of a contract.' }),
    contract: z.string().nullable().meta({ description: 'Name of the contract called; null where unknown.' }),
    function: z.string().nullable().meta({ description: 'Name of the function called; null where unknown.' }),
    succeeded: z.boolean(),
    gasUsed: gas,
  })
  .meta({ id: 'TransactionSummary' })

export const ledgerEvent = z
  .object({
    blockNumber,
    logIndex: count,
    timestamp: unixTime,
    transactionHash: hash,
    contract: z.string(),
    name: z.string(),
    arguments: z
      .record(z.string(), z.unknown())
      .meta({ description: 'Decoded arguments: integers as decimal text, bytes as 0x-hex.' }),
    period: deliveryPeriod.nullable(),
    memberId: memberId.nullable(),
  })
  .meta({ id: 'LedgerEvent' })

export const blockDetail = block.extend({ transactions: z.array(transactionSummary) }).meta({ id: 'BlockDetail' })
export const transaction = transactionSummary.extend({ events: z.array(ledgerEvent) }).meta({ id: 'Transaction' })
export const blockPage = pageOf(block, 'BlockPage')
export const eventPage = z
  .object({
    items: z.array(ledgerEvent),
    nextBefore: z.string().nullable().meta({ description: '`before` of the next page; null on the last.' }),
  })
  .meta({ id: 'LedgerEventPage' })

const step = z.object({ transactionHash: hash, blockNumber, timestamp: unixTime })

export const trace = z
  .object({
    period: deliveryPeriod,
    memberId,
    name: z.string(),
    sessionState,
    isSealed: z
      .boolean()
      .meta({ description: 'Whether the session is not cleared yet: until then the orders are not shown.' }),
    keys: step
      .extend({ page: count, code: address, entryCount: count })
      .meta({ id: 'TraceKeys', description: "The page of the day's trading keys that looked at the household." })
      .nullable(),
    orders: z.array(
      householdOrder
        .extend({
          position: count.nullable().meta({ description: 'In the receipt; null where there is none.' }),
          expiry: unixTime.nullable(),
        })
        .meta({ id: 'TraceOrder' }),
    ),
    gateClosure: step
      .extend({ orderCount: count, ordersHash: hash, closedBy: gateCloser })
      .meta({ id: 'TraceGateClosure' })
      .nullable(),
    clearing: step
      .extend({
        priceMicroEuroPerKwh: priceMicroEuroPerKwh.nullable(),
        volumeWh: energyWh,
        ledgerOrderCount: count.nullable(),
        voidOrderCount: count.nullable(),
      })
      .meta({ id: 'TraceClearing' })
      .nullable(),
    commitment: step
      .extend({ root: hash, version: count, count, importTotalWh: energyWh, exportTotalWh: energyWh })
      .meta({ id: 'TraceCommitment', description: "The readings' Merkle sum root on the ledger." })
      .nullable(),
    reading: z
      .object({
        position: count.meta({ description: 'Place of the leaf, from 0.' }),
        version: count.meta({ description: '0 is what was known at the reading deadline.' }),
        quality: readingQuality,
        importStartWh: energyWh,
        importEndWh: energyWh,
        exportStartWh: energyWh,
        exportEndWh: energyWh,
        importWh: energyWh,
        exportWh: energyWh,
        salt: hash,
        leafHash: hash,
        siblings: z
          .array(z.object({ hash, importWh: energyWh, exportWh: energyWh }))
          .meta({ description: 'The other branches, from the leaf upwards.' }),
        isVerified: z
          .boolean()
          .nullable()
          .meta({ description: 'Whether leaf and siblings give the root on the ledger; null before it is there.' }),
      })
      .meta({ id: 'TraceReading' })
      .nullable(),
    statement: periodStatement.nullable().meta({ description: 'Null until the operator drew it up.' }),
    day: householdDay
      .nullable()
      .meta({ description: 'What became of the day; null until the household has a statement of it.' }),
    challenges: z.array(challenge).meta({ description: "About the household's order or statement, newest first." }),
  })
  .meta({ id: 'Trace', description: "A member's quarter-hour from order to payment, each step with its transaction." })

export const blockQuery = z.object({ before: beforeBlock, limit })
export const blockPath = z.object({ number: blockNumberInPath })
export const transactionPath = z.object({ hash: hashInPath })
export const eventQuery = z.object({
  contract: z
    .string()
    .regex(/^[A-Za-z]\w{0,63}$/)
    .optional()
    .meta({ description: 'Name of the contract.' }),
  name: z
    .string()
    .regex(/^[A-Za-z]\w{0,63}$/)
    .optional()
    .meta({ description: 'Name of the event.' }),
  period: periodInQuery,
  memberId: memberIdInQuery,
  before: z
    .string()
    .regex(/^\d{1,9}-\d{1,9}$/)
    .optional()
    .meta({ description: 'Cursor: `nextBefore` of the page before.' }),
  limit,
})
export const tracePath = z.object({ period: periodInPath, memberId: memberIdInPath })

export type Block = z.infer<typeof block>
export type BlockPage = z.infer<typeof blockPage>
export type BlockDetail = z.infer<typeof blockDetail>
export type Transaction = z.infer<typeof transaction>
export type TransactionSummary = z.infer<typeof transactionSummary>
export type LedgerEvent = z.infer<typeof ledgerEvent>
export type LedgerEventPage = z.infer<typeof eventPage>
export type Trace = z.infer<typeof trace>
export type EventQuery = z.infer<typeof eventQuery>
