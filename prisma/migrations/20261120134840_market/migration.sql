-- The contracts of this version are others than before, so the ledger begins anew, and nothing of a former one carries over.
TRUNCATE "ledger", "households", "meter_readings", "refused_messages", "reading_batches", "reading_leaves",
  "gateway_transactions", "orders", "gate_closures", "statements", "operator_transactions", "indexed_blocks",
  "indexed_transactions", "indexed_events", "members", "areas", "energy_rates", "sessions", "fills", "payments"
  RESTART IDENTITY CASCADE;

-- DropForeignKey
ALTER TABLE "reading_leaves" DROP CONSTRAINT "reading_leaves_area_period_fkey";

-- DropIndex
DROP INDEX "reading_leaves_member_id_period_key";

-- DropIndex
DROP INDEX "orders_area_period_member_id_side_key";

-- DropIndex
DROP INDEX "statements_member_id_period_key";

-- DropIndex
DROP INDEX "payments_member_id_period_idx";

-- AlterTable
ALTER TABLE "reading_batches" DROP CONSTRAINT "reading_batches_pkey",
ADD COLUMN     "version" INTEGER NOT NULL,
ADD CONSTRAINT "reading_batches_pkey" PRIMARY KEY ("area", "period", "version");

-- AlterTable
ALTER TABLE "reading_leaves" DROP CONSTRAINT "reading_leaves_pkey",
ADD COLUMN     "quality" TEXT NOT NULL,
ADD COLUMN     "version" INTEGER NOT NULL,
ADD CONSTRAINT "reading_leaves_pkey" PRIMARY KEY ("area", "period", "version", "position");

-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "expiry" BIGINT NOT NULL,
ADD COLUMN     "position" INTEGER NOT NULL,
ADD COLUMN     "receipt" TEXT NOT NULL,
ADD COLUMN     "signing_key" TEXT NOT NULL;

-- AlterTable
ALTER TABLE "statements" DROP CONSTRAINT "statements_pkey",
DROP COLUMN "market_micro_euro",
ADD COLUMN     "energy_micro_euro" BIGINT NOT NULL,
ADD COLUMN     "levies_micro_euro" BIGINT NOT NULL,
ADD COLUMN     "platform_fee_micro_euro" BIGINT NOT NULL,
ADD COLUMN     "quality" TEXT NOT NULL,
ADD COLUMN     "reading_version" INTEGER NOT NULL,
ADD COLUMN     "run" INTEGER NOT NULL,
ADD CONSTRAINT "statements_pkey" PRIMARY KEY ("area", "period", "run", "position");

-- AlterTable
ALTER TABLE "members" ADD COLUMN     "credit_line_micro_euro" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "areas" ADD COLUMN     "bond_micro_euro" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "challenge_window_seconds" INTEGER NOT NULL,
ADD COLUMN     "correction_delay_seconds" INTEGER NOT NULL,
ADD COLUMN     "final_delay_seconds" INTEGER NOT NULL,
ADD COLUMN     "fund_micro_euro" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "levy_micro_euro_per_kwh" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "operator_deadline_seconds" INTEGER NOT NULL,
ADD COLUMN     "platform_fee_micro_euro_per_kwh" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "sessions" DROP COLUMN "settled_transaction",
DROP COLUMN "statements_root",
ADD COLUMN     "closed_by" TEXT NOT NULL,
ADD COLUMN     "ledger_order_count" INTEGER,
ADD COLUMN     "readings_version" INTEGER,
ADD COLUMN     "void_order_count" INTEGER;

-- AlterTable
ALTER TABLE "fills" ADD COLUMN     "expiry" BIGINT NOT NULL,
ADD COLUMN     "is_from_ledger" BOOLEAN NOT NULL;

-- AlterTable
ALTER TABLE "payments" DROP CONSTRAINT "payments_pkey",
DROP COLUMN "period",
ADD COLUMN     "day" INTEGER NOT NULL,
ADD COLUMN     "run" INTEGER NOT NULL,
ADD CONSTRAINT "payments_pkey" PRIMARY KEY ("area", "day", "run", "member_id");

-- CreateTable
CREATE TABLE "day_statements" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "run" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "period_count" INTEGER NOT NULL,
    "periods_root" TEXT NOT NULL,
    "charges_micro_euro" BIGINT NOT NULL,
    "credits_micro_euro" BIGINT NOT NULL,
    "previous_micro_euro" BIGINT NOT NULL,
    "salt" TEXT NOT NULL,

    CONSTRAINT "day_statements_pkey" PRIMARY KEY ("area","day","run","position")
);

-- CreateTable
CREATE TABLE "delegations" (
    "member_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "may_bid" BOOLEAN NOT NULL,
    "may_offer" BOOLEAN NOT NULL,
    "quantity_limit_wh" INTEGER NOT NULL,
    "lowest_price_micro_euro_per_kwh" INTEGER NOT NULL,
    "highest_price_micro_euro_per_kwh" INTEGER NOT NULL,
    "expiry" BIGINT NOT NULL,

    CONSTRAINT "delegations_pkey" PRIMARY KEY ("member_id")
);

-- CreateTable
CREATE TABLE "grid_rates" (
    "area" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "grid_micro_euro_per_kwh" INTEGER NOT NULL,
    "grid_local_micro_euro_per_kwh" INTEGER NOT NULL,

    CONSTRAINT "grid_rates_pkey" PRIMARY KEY ("area","period")
);

-- CreateTable
CREATE TABLE "trading_days" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "entry_count" INTEGER NOT NULL,
    "members_seen" INTEGER NOT NULL,

    CONSTRAINT "trading_days_pkey" PRIMARY KEY ("area","day")
);

-- CreateTable
CREATE TABLE "settlement_runs" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "run" INTEGER NOT NULL,
    "root" TEXT NOT NULL,
    "statement_count" INTEGER NOT NULL,
    "total_micro_euro" BIGINT NOT NULL,
    "committed_at" INTEGER NOT NULL,
    "committed_transaction" TEXT NOT NULL,
    "paid_at" INTEGER,
    "paid_transaction" TEXT,

    CONSTRAINT "settlement_runs_pkey" PRIMARY KEY ("area","day","run")
);

-- CreateTable
CREATE TABLE "challenges" (
    "block_number" INTEGER NOT NULL,
    "log_index" INTEGER NOT NULL,
    "transaction_hash" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "area" INTEGER NOT NULL,
    "day" INTEGER,
    "run" INTEGER,
    "period" INTEGER,
    "member_id" INTEGER,
    "challenger" INTEGER NOT NULL,
    "amount_micro_euro" BIGINT NOT NULL,

    CONSTRAINT "challenges_pkey" PRIMARY KEY ("block_number","log_index")
);

-- CreateIndex
CREATE UNIQUE INDEX "day_statements_member_id_day_run_key" ON "day_statements"("member_id", "day", "run");

-- CreateIndex
CREATE INDEX "challenges_member_id_idx" ON "challenges"("member_id");

-- CreateIndex
CREATE UNIQUE INDEX "reading_leaves_member_id_period_version_key" ON "reading_leaves"("member_id", "period", "version");

-- CreateIndex
CREATE INDEX "orders_area_period_member_id_side_idx" ON "orders"("area", "period", "member_id", "side");

-- CreateIndex
CREATE UNIQUE INDEX "orders_area_period_position_key" ON "orders"("area", "period", "position");

-- CreateIndex
CREATE UNIQUE INDEX "statements_member_id_period_run_key" ON "statements"("member_id", "period", "run");

-- CreateIndex
CREATE INDEX "payments_member_id_day_idx" ON "payments"("member_id", "day");

-- AddForeignKey
ALTER TABLE "reading_leaves" ADD CONSTRAINT "reading_leaves_area_period_version_fkey" FOREIGN KEY ("area", "period", "version") REFERENCES "reading_batches"("area", "period", "version") ON DELETE RESTRICT ON UPDATE CASCADE;
