import { setUpMarket, PV_DRAFT } from './services/credentials/example-market.ts'
let count = 0
const m = await setUpMarket({ ...PV_DRAFT, connectionPoint: null, validFrom: 1_767_225_600, validUntil: 2_082_758_400,
  claims: { serialNumber: 'SN-4711', ownerName: 'Ada', capacityW: 5_400, certified: true, certificate: 'TUV-0815' } }, undefined, (n) => Uint8Array.from({ length: n }, () => (count += 1) % 256))
console.log(m.jwt)
