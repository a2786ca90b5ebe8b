import { describe, expect, test } from 'vitest'
import { blockHashOf, isHashOf } from './block-header.ts'

const NO_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
const NO_UNCLES = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'

/** Block 100 of a network of Besu's under IBFT, from before base fees, with one validator's seal. */
const sealed = {
  number: '0x64',
  parentHash: '0x7bca25e1fa5e395fd6029eb496a70b6b5495843976bf9e49b993c723ded29d9e',
  sha3Uncles: NO_UNCLES,
  miner: '0x9811ebc35d7b06b3fa8dc5809a1f9c52751e1deb',
  stateRoot: '0xd650578a04b39f50cc979155f4510ec28c2c0a7c1e5fdbf84609bc7b1c430f48',
  transactionsRoot: NO_ROOT,
  receiptsRoot: NO_ROOT,
  logsBloom: `0x${'00'.repeat(256)}`,
  difficulty: '0x1',
  gasLimit: '0x47b760',
  gasUsed: '0x0',
  timestamp: '0x5cd10933',
  extraData:
    '0xf882a00000000000000000000000000000000000000000000000000000000000000000d5949811ebc35d7b06b3fa8dc5809a1f9c52751e1deb' +
    '808400000000f843b8414d877d8d0ced37ea138fab55a978f3740367a24a31731322ecdc3368f11e0d4966c9ce17ae59a76fb94eb436e8a3' +
    '86868f6bd6b0a5678e58daf49f5dd940558b00',
  mixHash: '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365',
  nonce: '0x0000000000000000',
}
const hash = '0x63b3ea2bc37fec8f82680eb823652da6af8acebb4f6c4d0ff659c55be473c8b0'

describe('isHashOf', () => {
  test("takes the hash of a block whose validators' seals are not part of it", () => {
    expect(isHashOf(hash, sealed)).toBe(true)
  })

  test.each([
    ['time', { timestamp: '0x5cd10934' }],
    ['validators', { extraData: sealed.extraData.replace('9811ebc3', '9811ebc4') }],
    ['state', { stateRoot: NO_ROOT }],
    ['extra data, which are no list', { extraData: '0x1234' }],
  ])('refuses it with another %s', (_, change) => {
    expect(isHashOf(hash, { ...sealed, ...change })).toBe(false)
  })

  test('takes the hash of the whole header as well', () => {
    expect(isHashOf(blockHashOf(sealed), sealed)).toBe(true)
  })
})
