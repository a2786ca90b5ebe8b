-- The contracts of this version are others than before, so the ledger begins anew, and nothing of a former one carries over.
TRUNCATE "ledger", "households", "meter_readings", "refused_messages", "reading_batches", "reading_leaves",
  "gateway_transactions", "orders", "gate_closures", "statements", "day_statements", "operator_transactions",
  "indexed_blocks", "indexed_transactions", "indexed_events", "members", "delegations", "areas",
  "energy_rates", "grid_rates", "trading_days", "sessions", "fills", "settlement_runs", "payments",
  "challenges", "finished_days"
  RESTART IDENTITY CASCADE;

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "is_paused" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "trading_pauses" (
    "block_number" INTEGER NOT NULL,
    "log_index" INTEGER NOT NULL,
    "area" INTEGER NOT NULL,
    "act" TEXT NOT NULL,
    "effective_at" BIGINT NOT NULL,
    "until" BIGINT,
    "reason_hash" TEXT NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "trading_pauses_pkey" PRIMARY KEY ("block_number","log_index")
);
