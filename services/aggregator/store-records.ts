import type { Store } from '../store/connect.ts'
import { changeDispatch, countCalls, keepDispatches, listDispatches } from '../store/flexibility/dispatches.ts'
import { readNominatedBaselines, replaceNominatedBaselines } from '../store/flexibility/nominated-baselines.ts'
import { keepSealedOffers, listSealedOffers, noteOfferId } from '../store/flexibility/sealed-offers.ts'
import type { AggregatorRecords } from './records.ts'

export function recordsOfStore(store: Store): AggregatorRecords {
  return {
    keepSealed: (offers) => keepSealedOffers(store, offers),
    listSealed: (portfolioId, requestIds) => listSealedOffers(store, portfolioId, requestIds),
    noteOfferId: (commitment, offerId) => noteOfferId(store, commitment, offerId),
    keepDispatches: (dispatches) => keepDispatches(store, dispatches),
    listDispatches: (orderIds) => listDispatches(store, orderIds),
    changeDispatch: (id, change) => changeDispatch(store, id, change),
    countCalls: (devices) => countCalls(store, devices),
    keepNominated: (key, baselines) => replaceNominatedBaselines(store, key, baselines),
    listNominated: (key) => readNominatedBaselines(store, key),
  }
}
