import { z } from 'zod'
import {
  address,
  amountMicroEuro,
  areaId,
  balanceMicroEuro,
  bytesHex,
  count,
  dayInPath,
  deliveryPeriod,
  energyWh,
  fromDay,
  fromPeriod,
  hash,
  memberId,
  memberIdInPath,
  periodInPath,
  readingQuality,
  runInPath,
  settlementRun,
  toDay,
  toPeriod,
  trader,
  tradingDay,
  unixTime,
} from './scalars.ts'

/** Days that one answer may list. */
export const LONGEST_SPAN_DAYS = 366
/** Delivery periods whose evidence one answer may hold, since each reading's proof takes its period's whole tree: 7 days. */
export const LONGEST_SPAN_PERIODS = 7 * 96

export const dayStatement = z
  .object({
    memberId,
    day: tradingDay,
    run: settlementRun,
    state: z.enum(['provisional', 'committed', 'held-back', 'paid']).meta({
      id: 'StatementState',
      description:
        'provisional: drawn up from what is metered so far; nothing of it is on the ledger. committed: its root is on the ' +
        'ledger, and it can be challenged there until `challengeableUntil`. held-back: committed, and not paid before what ' +
        'challenges of the run corrected is. paid: the payments are made.',
    }),
    periodCount: count.meta({ description: 'Delivery periods in the statement.' }),
    chargesMicroEuro: balanceMicroEuro.meta({ description: 'The positive lines of all periods, added up.' }),
    creditsMicroEuro: balanceMicroEuro.meta({ description: 'The negative lines of all periods, added up.' }),
    previousMicroEuro: amountMicroEuro.meta({ description: 'What earlier runs of the day have charged already.' }),
    paymentMicroEuro: amountMicroEuro.meta({ description: 'Charges less credits, less what was charged before.' }),
    correctionMicroEuro: amountMicroEuro.meta({ description: 'What challenges of this statement have added to it.' }),
    owedMicroEuro: balanceMicroEuro.meta({
      description: "What challenges of this statement still owe its member, until the market operator's bond holds it.",
    }),
    withheldMicroEuro: balanceMicroEuro.meta({ description: 'The same of all statements of the run.' }),
    committedAt: unixTime.nullable(),
    challengeableUntil: unixTime.nullable(),
    isChallengeable: z.boolean(),
    paidAt: unixTime.nullable(),
    committedTransaction: hash.nullable(),
    paidTransaction: hash.nullable(),
  })
  .meta({ id: 'DayStatement', description: 'What one settlement run says of a household and a UTC day.' })

export const dayStatementList = z
  .object({ items: z.array(dayStatement) })
  .meta({ id: 'DayStatementList', description: 'Newest day first, of a day the latest run first.' })

const periodLines = z
  .object({
    period: deliveryPeriod,
    boughtWh: energyWh,
    soldWh: energyWh,
    readingVersion: count.meta({
      description: "Version of the period's committed readings that the lines are drawn on.",
    }),
    quality: readingQuality,
    importWh: energyWh.nullable(),
    exportWh: energyWh.nullable(),
    energyMicroEuro: amountMicroEuro.meta({ description: 'Energy traded, at the clearing price.' }),
    imbalanceMicroEuro: amountMicroEuro.meta({ description: 'Metered minus traded, with the supplier.' }),
    gridTariffMicroEuro: amountMicroEuro.meta({ description: 'Transport, to the DSO.' }),
    leviesMicroEuro: amountMicroEuro.meta({ description: 'Levies on what was imported, to the tax authority.' }),
    platformFeeMicroEuro: amountMicroEuro.meta({ description: 'Fee on what was bought, to the platform operator.' }),
    totalMicroEuro: amountMicroEuro,
  })
  .meta({ id: 'PeriodLines' })

const proof = z
  .object({
    root: hash,
    leafCount: count,
    position: count.meta({ description: 'Place of the leaf, from 0.' }),
    siblings: z
      .array(bytesHex)
      .meta({ description: 'From the leaf upwards: hash 32 bytes, and the two sums, 8 bytes each.' }),
  })
  .meta({ id: 'MerkleProof' })

export const dayStatementDetail = dayStatement
  .extend({
    periods: z.array(periodLines),
    proof: proof.nullable().meta({ description: "The statement in its run's tree; null while it is provisional." }),
    isCommitted: z
      .boolean()
      .nullable()
      .meta({ description: 'Whether the proof leads to the root on the ledger; null while it is provisional.' }),
  })
  .meta({ id: 'DayStatementDetail' })

const ledgerCall = z.object({
  contract: address,
  function: z.string(),
  arguments: z
    .record(z.string(), z.unknown())
    .meta({ description: "By the names of the contract's ABI; integers as decimal text, bytes as 0x-hex." }),
  calldata: bytesHex.meta({ description: 'The call with these arguments, ABI-encoded.' }),
})

export const callEvidence = ledgerCall
  .extend({
    reveal: ledgerCall.nullable().meta({
      description:
        'Sent before it, by anybody: tells everybody under which number the member traded on that day, without which ' +
        'the ledger cannot judge. Null where it can.',
    }),
    callers: z.array(address).meta({ description: 'Who may send it: the account and the trading key of the member.' }),
  })
  .meta({
    id: 'CallEvidence',
    description:
      'A call that its member signs as a transaction, with a wallet of its choice, and sends to the ledger; /api/ledger/transactions relays it.',
  })

const place = {
  salt: hash,
  position: count.meta({ description: 'Place of the leaf, from 0.' }),
  siblings: z
    .array(bytesHex)
    .meta({ description: 'From the leaf upwards: hash 32 bytes, and two sums, 8 bytes each.' }),
}

const keyDerivation = z
  .object({ publicKey: bytesHex, tweak: hash })
  .nullable()
  .meta({
    description:
      'Public key of the registered key, and what is added to its private key to make that of the day; null for a key that is ' +
      'the same on every day.',
  })

export const consentData = z
  .object({
    format: z.literal('commonwatt-evidence-1'),
    chainId: count,
    settlement: address.meta({ description: 'Of the settlement contract, which tells the deployment.' }),
    area: areaId,
    memberId,
    readings: z
      .array(
        z
          .object({
            period: deliveryPeriod,
            version: count,
            importStartWh: energyWh,
            importEndWh: energyWh,
            exportStartWh: energyWh,
            exportEndWh: energyWh,
            quality: readingQuality,
            ...place,
          })
          .meta({ id: 'ConsentReading', description: 'A reading as one version of its commitment has it.' }),
      )
      .meta({ description: 'By period and version.' }),
    signedReadings: z
      .array(
        z
          .object({
            deliveryPeriod,
            sequence: count,
            importRegisterWh: energyWh,
            exportRegisterWh: energyWh,
            signature: bytesHex,
            signedBy: z
              .enum(['meter', 'gateway'])
              .meta({ description: 'Whose key signed: the gateway signs for a meter that cannot.' }),
          })
          .meta({ id: 'ConsentSignedReading' }),
      )
      .meta({
        description: 'What the meter itself signed at the end of each period, and of the one before the first.',
      }),
    statements: z
      .array(
        z
          .object({
            day: tradingDay,
            run: settlementRun,
            chargesMicroEuro: balanceMicroEuro,
            creditsMicroEuro: balanceMicroEuro,
            previousMicroEuro: amountMicroEuro,
            ...place,
            periods: z.array(
              periodLines.omit({ totalMicroEuro: true }).extend({ salt: hash }).meta({ id: 'ConsentPeriod' }),
            ),
          })
          .meta({ id: 'ConsentStatement' }),
      )
      .meta({ description: 'Of every committed run of these days.' }),
    traderLinks: z
      .array(
        z
          .object({
            day: tradingDay,
            page: count,
            trader,
            key: address,
            registeredKey: address,
            derivation: keyDerivation,
            delegatedKey: address,
            registeredDelegate: address,
            delegatedDerivation: keyDerivation,
            salt: hash,
            siblings: z.array(hash).meta({ description: 'From the leaf upwards, 32 bytes each.' }),
          })
          .meta({
            id: 'ConsentTraderLink',
            description:
              'Under which number and keys the member traded on a sealed day, and the registered keys from which these are ' +
              'derived; zero addresses where nothing is delegated.',
          }),
      )
      .meta({ description: 'Of the sealed days among them.' }),
  })
  .meta({
    id: 'ConsentData',
    description:
      'What a member shows of itself to an audit, each with the proof that ties it to the ledger: of whole UTC days, also ' +
      'where the span begins or ends within one.',
  })

export const statementsPath = z.object({ memberId: memberIdInPath })
export const statementsQuery = z.object({ from: fromDay, to: toDay })
export const statementPath = z.object({ memberId: memberIdInPath, day: dayInPath, run: runInPath })
export const challengePath = statementPath.extend({ period: periodInPath })
export const evidenceQuery = z.object({ from: fromPeriod, to: toPeriod })

export type ConsentData = z.infer<typeof consentData>
export type DayStatement = z.infer<typeof dayStatement>
export type DayStatementList = z.infer<typeof dayStatementList>
export type DayStatementDetail = z.infer<typeof dayStatementDetail>
export type CallEvidence = z.infer<typeof callEvidence>
