-- The contracts of this version are others than before, so the ledger begins anew, and nothing of a former one carries over.
TRUNCATE "ledger", "households", "meter_readings", "refused_messages", "reading_batches", "reading_leaves",
  "gateway_transactions", "orders", "gate_closures", "statements", "day_statements", "operator_transactions",
  "indexed_blocks", "indexed_transactions", "indexed_events", "members", "delegations", "areas",
  "energy_rates", "grid_rates", "trading_days", "sessions", "fills", "settlement_runs", "payments",
  "challenges", "finished_days"
  RESTART IDENTITY CASCADE;

-- AlterTable
ALTER TABLE "settlement_runs" ADD COLUMN     "readings_at" INTEGER NOT NULL,
ADD COLUMN     "withheld_micro_euro" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "challenges" ADD COLUMN     "owed_micro_euro" BIGINT NOT NULL DEFAULT 0;
