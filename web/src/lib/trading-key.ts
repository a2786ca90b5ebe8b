import { bytesToHex } from '@noble/hashes/utils.js'
import { addressOfKey } from '../../../services/chain/typed-data.ts'

/** As the browser keeps it: sealed under a key that nothing can read out of it, this page neither. */
type KeptKey = {
  readonly address: string
  readonly account: string
  /** Milliseconds, wall clock. */
  readonly madeAt: number
  readonly seal: CryptoKey
  readonly nonce: Uint8Array<ArrayBuffer>
  readonly sealed: ArrayBuffer
}

const DATABASE = 'commonwatt'
const KEYS = 'trading-keys'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const CIPHER = 'AES-GCM'

/** Makes a key that trades for the account, and keeps it in this browser alone; its address, lower-case. */
export async function makeTradingKey(account: string): Promise<string> {
  const secret = crypto.getRandomValues(new Uint8Array(KEY_BYTES))
  const address = addressOfKey(`0x${bytesToHex(secret)}`)
  const seal = await crypto.subtle.generateKey({ name: CIPHER, length: 256 }, false, ['encrypt', 'decrypt'])
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const sealed = await crypto.subtle.encrypt({ name: CIPHER, iv: nonce }, seal, secret)
  secret.fill(0)

  const kept: KeptKey = { address, account, madeAt: Date.now(), seal, nonce, sealed }
  await inKeys('readwrite', (keys) => keys.put(kept))
  // Without it a browser that is short of space may forget the key; where it says no, that stays so.
  await navigator.storage.persist()
  return address
}

/** The address of the account's latest key in this browser; null where it has none. */
export async function findTradingKey(account: string): Promise<string | null> {
  const kept = (await inKeys<KeptKey[]>('readonly', (keys) => keys.getAll())).filter((key) => key.account === account)
  return kept.sort((one, other) => other.madeAt - one.madeAt)[0]?.address ?? null
}

/** Whether the key of this address is in this browser. */
export async function hasTradingKey(address: string): Promise<boolean> {
  return (await inKeys<number>('readonly', (keys) => keys.count(address))) === 1
}

/** Does with one of this browser's keys what has to be done with it: `work` gets it as 0x-hex. */
export async function withTradingKey<Result>(address: string, work: (privateKey: string) => Result): Promise<Result> {
  const kept = await inKeys<KeptKey | undefined>('readonly', (keys) => keys.get(address))
  if (kept === undefined) throw new Error('This browser does not have the trading key.')
  const { seal, nonce, sealed } = kept
  const secret = new Uint8Array(await crypto.subtle.decrypt({ name: CIPHER, iv: nonce }, seal, sealed))
  return work(`0x${bytesToHex(secret)}`)
}

async function inKeys<Result>(mode: IDBTransactionMode, ask: (keys: IDBObjectStore) => IDBRequest): Promise<Result> {
  const database = await openDatabase()
  try {
    const transaction = database.transaction(KEYS, mode)
    const request = ask(transaction.objectStore(KEYS))
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(new Error('This browser did not keep the trading key.'))
    })
    return request.result as Result
  } finally {
    database.close()
  }
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(KEYS, { keyPath: 'address' })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error('This browser keeps nothing for this page: allow it to store data.'))
  })
}
