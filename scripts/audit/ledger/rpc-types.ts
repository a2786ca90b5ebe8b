/** A block as nodes answer `eth_getBlockByNumber` with whole transactions; all values are 0x-hex. */
export type RpcBlock = {
  readonly number: string
  readonly hash: string
  readonly parentHash: string
  readonly sha3Uncles: string
  readonly miner: string
  readonly stateRoot: string
  readonly transactionsRoot: string
  readonly receiptsRoot: string
  readonly logsBloom: string
  readonly difficulty: string
  readonly gasLimit: string
  readonly gasUsed: string
  readonly timestamp: string
  readonly extraData: string
  readonly mixHash: string
  readonly nonce: string
  readonly baseFeePerGas?: string
  readonly withdrawalsRoot?: string
  readonly blobGasUsed?: string
  readonly excessBlobGas?: string
  readonly parentBeaconBlockRoot?: string
  readonly requestsHash?: string
  readonly transactions: readonly RpcTransaction[]
}

export type RpcAccess = { readonly address: string; readonly storageKeys: readonly string[] }

export type RpcAuthorization = {
  readonly chainId: string
  readonly address: string
  readonly nonce: string
  readonly yParity: string
  readonly r: string
  readonly s: string
}

export type RpcTransaction = {
  readonly hash: string
  readonly type?: string
  readonly chainId?: string
  readonly nonce: string
  readonly gasPrice?: string
  readonly maxFeePerGas?: string
  readonly maxPriorityFeePerGas?: string
  readonly maxFeePerBlobGas?: string
  readonly gas: string
  readonly from: string
  readonly to: string | null
  readonly value: string
  readonly input: string
  readonly accessList?: readonly RpcAccess[]
  readonly blobVersionedHashes?: readonly string[]
  readonly authorizationList?: readonly RpcAuthorization[]
  readonly v: string
  readonly yParity?: string
  readonly r: string
  readonly s: string
}

export type RpcLog = { readonly address: string; readonly topics: readonly string[]; readonly data: string }

export type RpcReceipt = {
  readonly transactionHash: string
  readonly blockHash: string
  readonly type?: string
  /** Before Byzantium there was a state root in its place; no ledger of ours is that old. */
  readonly status: string
  readonly cumulativeGasUsed: string
  readonly gasUsed: string
  readonly logs: readonly RpcLog[]
}
