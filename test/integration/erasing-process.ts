import { connectStore } from '../../services/store/connect.ts'
import { eraseOwnReadings } from '../../services/store/erased-readings.ts'

/** Erases readings as the gateway does, in pages so small that it can be killed in the middle. */
const store = connectStore(process.env.COMMONWATT_DATABASE_URL!)
await eraseOwnReadings(store, 2)
await store.close()
