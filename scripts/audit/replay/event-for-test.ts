import type { ContractName } from '../../../services/chain/ledger.ts'
import type { AbiValue } from '../abi.ts'
import { fieldsOf, type LedgerCall, type LedgerEvent } from './ledger-event.ts'

type Facts = {
  readonly from?: string
  readonly to?: string | null
  readonly created?: string | null
  readonly time?: number
  readonly block?: number
  /** Names of the functions that the transaction called, without arguments. */
  readonly calls?: readonly string[]
}

/** An event as a test needs it, in a transaction of its own. */
export function eventForTest(
  contract: ContractName,
  name: string,
  values: Readonly<Record<string, AbiValue>>,
  { from = '0xfrom', to = '0xto', created = null, time = 1_000, block = 7, calls = [] }: Facts = {},
): LedgerEvent {
  const called = calls.map((each): LedgerCall => ({
    contract,
    name: each,
    selector: '',
    fields: fieldsOf({}),
    data: new Uint8Array(),
  }))
  const transaction = {
    hash: `0xhash${block}`,
    from,
    to,
    nonce: 0,
    authorities: [],
    created,
    input: new Uint8Array(),
    succeeded: true,
    gasUsed: 0,
    logs: [],
  }
  return { contract, name, fields: fieldsOf(values), block, time, transaction, calls: called }
}
