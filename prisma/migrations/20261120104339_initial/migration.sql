-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "ledger" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "chain_id" INTEGER NOT NULL,
    "deployment_hash" TEXT NOT NULL,
    "addresses" JSONB NOT NULL,

    CONSTRAINT "ledger_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "households" (
    "member_id" INTEGER NOT NULL,
    "area" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "trading_key" TEXT NOT NULL,
    "meter_key" TEXT NOT NULL,
    "connection_point" TEXT NOT NULL,
    "connection_point_salt" TEXT NOT NULL,
    "connection_capacity_w" INTEGER NOT NULL,
    "pv_capacity_w" INTEGER NOT NULL,

    CONSTRAINT "households_pkey" PRIMARY KEY ("member_id")
);

-- CreateTable
CREATE TABLE "meter_readings" (
    "member_id" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "sequence" INTEGER NOT NULL,
    "import_register_wh" BIGINT NOT NULL,
    "export_register_wh" BIGINT NOT NULL,
    "signature" TEXT NOT NULL,
    "received_at" INTEGER NOT NULL,

    CONSTRAINT "meter_readings_pkey" PRIMARY KEY ("member_id","period")
);

-- CreateTable
CREATE TABLE "refused_messages" (
    "id" BIGSERIAL NOT NULL,
    "topic" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "received_at" INTEGER NOT NULL,

    CONSTRAINT "refused_messages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reading_batches" (
    "area" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "root" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "import_total_wh" BIGINT NOT NULL,
    "export_total_wh" BIGINT NOT NULL,

    CONSTRAINT "reading_batches_pkey" PRIMARY KEY ("area","period")
);

-- CreateTable
CREATE TABLE "reading_leaves" (
    "area" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "import_start_wh" BIGINT NOT NULL,
    "import_end_wh" BIGINT NOT NULL,
    "export_start_wh" BIGINT NOT NULL,
    "export_end_wh" BIGINT NOT NULL,
    "salt" TEXT NOT NULL,

    CONSTRAINT "reading_leaves_pkey" PRIMARY KEY ("area","period","position")
);

-- CreateTable
CREATE TABLE "gateway_transactions" (
    "sender" TEXT NOT NULL,
    "nonce" INTEGER NOT NULL,
    "purpose" TEXT NOT NULL,
    "raw_transaction" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'signed',
    "block_number" INTEGER,

    CONSTRAINT "gateway_transactions_pkey" PRIMARY KEY ("sender","nonce")
);

-- CreateTable
CREATE TABLE "orders" (
    "digest" TEXT NOT NULL,
    "area" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "side" TEXT NOT NULL,
    "quantity_wh" INTEGER NOT NULL,
    "limit_price_micro_euro_per_kwh" INTEGER NOT NULL,
    "salt" TEXT NOT NULL,
    "signature" TEXT NOT NULL,
    "received_at" INTEGER NOT NULL,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "gate_closures" (
    "area" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,

    CONSTRAINT "gate_closures_pkey" PRIMARY KEY ("area","period")
);

-- CreateTable
CREATE TABLE "statements" (
    "area" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "bought_wh" BIGINT NOT NULL,
    "sold_wh" BIGINT NOT NULL,
    "import_wh" BIGINT,
    "export_wh" BIGINT,
    "market_micro_euro" BIGINT NOT NULL,
    "imbalance_micro_euro" BIGINT NOT NULL,
    "grid_tariff_micro_euro" BIGINT NOT NULL,
    "tariff_only_micro_euro" BIGINT,
    "salt" TEXT NOT NULL,

    CONSTRAINT "statements_pkey" PRIMARY KEY ("area","period","position")
);

-- CreateTable
CREATE TABLE "operator_transactions" (
    "sender" TEXT NOT NULL,
    "nonce" INTEGER NOT NULL,
    "purpose" TEXT NOT NULL,
    "raw_transaction" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'signed',
    "block_number" INTEGER,

    CONSTRAINT "operator_transactions_pkey" PRIMARY KEY ("sender","nonce")
);

-- CreateTable
CREATE TABLE "indexed_blocks" (
    "number" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "parent_hash" TEXT NOT NULL,
    "timestamp" INTEGER NOT NULL,
    "gas_used" BIGINT NOT NULL,

    CONSTRAINT "indexed_blocks_pkey" PRIMARY KEY ("number")
);

-- CreateTable
CREATE TABLE "indexed_transactions" (
    "hash" TEXT NOT NULL,
    "block_number" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "sender" TEXT NOT NULL,
    "recipient" TEXT,
    "contract" TEXT,
    "function" TEXT,
    "succeeded" BOOLEAN NOT NULL,
    "gas_used" BIGINT NOT NULL,

    CONSTRAINT "indexed_transactions_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "indexed_events" (
    "block_number" INTEGER NOT NULL,
    "log_index" INTEGER NOT NULL,
    "transaction_hash" TEXT NOT NULL,
    "contract" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "arguments" JSONB NOT NULL,
    "area" INTEGER,
    "period" INTEGER,
    "member_id" INTEGER,

    CONSTRAINT "indexed_events_pkey" PRIMARY KEY ("block_number","log_index")
);

-- CreateTable
CREATE TABLE "members" (
    "id" INTEGER NOT NULL,
    "area" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "trading_key" TEXT NOT NULL,
    "meter_key" TEXT NOT NULL,
    "quantity_limit_wh" INTEGER NOT NULL,
    "connection_point" TEXT NOT NULL,
    "active_until" INTEGER,
    "balance_micro_euro" BIGINT NOT NULL DEFAULT 0,
    "debt_micro_euro" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "members_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "areas" (
    "id" INTEGER NOT NULL,
    "first_period" BIGINT NOT NULL,
    "last_period" BIGINT NOT NULL,
    "gate_closure_lead_seconds" INTEGER NOT NULL,
    "reading_deadline_seconds" INTEGER NOT NULL,
    "retail_micro_euro_per_kwh" INTEGER NOT NULL DEFAULT 0,
    "feed_in_micro_euro_per_kwh" INTEGER NOT NULL DEFAULT 0,
    "grid_micro_euro_per_kwh" INTEGER NOT NULL DEFAULT 0,
    "grid_local_micro_euro_per_kwh" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "areas_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "energy_rates" (
    "area" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "retail_micro_euro_per_kwh" INTEGER NOT NULL,
    "feed_in_micro_euro_per_kwh" INTEGER NOT NULL,

    CONSTRAINT "energy_rates_pkey" PRIMARY KEY ("area","period")
);

-- CreateTable
CREATE TABLE "sessions" (
    "area" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "order_count" INTEGER NOT NULL,
    "orders_hash" TEXT NOT NULL,
    "gate_closed_transaction" TEXT NOT NULL,
    "is_cleared" BOOLEAN NOT NULL DEFAULT false,
    "price_micro_euro_per_kwh" INTEGER,
    "volume_wh" BIGINT,
    "cleared_transaction" TEXT,
    "readings_root" TEXT,
    "reading_count" INTEGER,
    "import_total_wh" BIGINT,
    "export_total_wh" BIGINT,
    "readings_transaction" TEXT,
    "statements_root" TEXT,
    "settled_transaction" TEXT,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("area","period")
);

-- CreateTable
CREATE TABLE "fills" (
    "area" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "side" TEXT NOT NULL,
    "quantity_wh" INTEGER NOT NULL,
    "limit_price_micro_euro_per_kwh" INTEGER NOT NULL,
    "salt" TEXT NOT NULL,
    "filled_wh" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,

    CONSTRAINT "fills_pkey" PRIMARY KEY ("area","period","member_id","side")
);

-- CreateTable
CREATE TABLE "payments" (
    "area" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "amount_micro_euro" BIGINT NOT NULL,

    CONSTRAINT "payments_pkey" PRIMARY KEY ("area","period","member_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "households_trading_key_key" ON "households"("trading_key");

-- CreateIndex
CREATE UNIQUE INDEX "households_meter_key_key" ON "households"("meter_key");

-- CreateIndex
CREATE UNIQUE INDEX "households_area_name_key" ON "households"("area", "name");

-- CreateIndex
CREATE INDEX "meter_readings_period_idx" ON "meter_readings"("period");

-- CreateIndex
CREATE UNIQUE INDEX "meter_readings_member_id_sequence_key" ON "meter_readings"("member_id", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "reading_leaves_member_id_period_key" ON "reading_leaves"("member_id", "period");

-- CreateIndex
CREATE UNIQUE INDEX "gateway_transactions_purpose_key" ON "gateway_transactions"("purpose");

-- CreateIndex
CREATE UNIQUE INDEX "gateway_transactions_hash_key" ON "gateway_transactions"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "orders_area_period_member_id_side_key" ON "orders"("area", "period", "member_id", "side");

-- CreateIndex
CREATE UNIQUE INDEX "statements_member_id_period_key" ON "statements"("member_id", "period");

-- CreateIndex
CREATE UNIQUE INDEX "operator_transactions_purpose_key" ON "operator_transactions"("purpose");

-- CreateIndex
CREATE UNIQUE INDEX "operator_transactions_hash_key" ON "operator_transactions"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "indexed_blocks_hash_key" ON "indexed_blocks"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "indexed_transactions_block_number_position_key" ON "indexed_transactions"("block_number", "position");

-- CreateIndex
CREATE INDEX "indexed_events_transaction_hash_idx" ON "indexed_events"("transaction_hash");

-- CreateIndex
CREATE INDEX "indexed_events_area_period_idx" ON "indexed_events"("area", "period");

-- CreateIndex
CREATE UNIQUE INDEX "fills_digest_key" ON "fills"("digest");

-- CreateIndex
CREATE INDEX "fills_member_id_period_idx" ON "fills"("member_id", "period");

-- CreateIndex
CREATE INDEX "payments_member_id_period_idx" ON "payments"("member_id", "period");

-- AddForeignKey
ALTER TABLE "reading_leaves" ADD CONSTRAINT "reading_leaves_area_period_fkey" FOREIGN KEY ("area", "period") REFERENCES "reading_batches"("area", "period") ON DELETE RESTRICT ON UPDATE CASCADE;
