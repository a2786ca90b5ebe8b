-- CreateTable
CREATE TABLE "congestion_forecasts" (
    "point_id" INTEGER NOT NULL,
    "made_at" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "expected_w" INTEGER NOT NULL,
    "low_w" INTEGER NOT NULL,
    "high_w" INTEGER NOT NULL,
    "errors" INTEGER NOT NULL,

    CONSTRAINT "congestion_forecasts_pkey" PRIMARY KEY ("point_id","made_at","period")
);

-- CreateTable
CREATE TABLE "request_proposals" (
    "id" TEXT NOT NULL,
    "point_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "direction" TEXT NOT NULL,
    "price_cap_micro_euro_per_kwh" BIGINT NOT NULL,
    "periods" JSONB NOT NULL,
    "proposed_at" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "request_id" INTEGER,

    CONSTRAINT "request_proposals_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "proposal_decisions" (
    "proposal_id" TEXT NOT NULL,
    "verdict" TEXT NOT NULL,
    "decided_by" TEXT NOT NULL,
    "decided_at" INTEGER NOT NULL,

    CONSTRAINT "proposal_decisions_pkey" PRIMARY KEY ("proposal_id")
);

-- CreateTable
CREATE TABLE "queue_decisions" (
    "portfolio_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "point_id" INTEGER NOT NULL,
    "asked_at" INTEGER NOT NULL,
    "refusal" TEXT,
    "decided_by" TEXT NOT NULL,
    "decided_at" INTEGER NOT NULL,

    CONSTRAINT "queue_decisions_pkey" PRIMARY KEY ("portfolio_id","product_id","point_id","asked_at")
);

-- CreateTable
CREATE TABLE "sealed_offers" (
    "commitment" TEXT NOT NULL,
    "request_id" INTEGER NOT NULL,
    "portfolio_id" INTEGER NOT NULL,
    "offer" JSONB NOT NULL,
    "salt" TEXT NOT NULL,
    "backing" TEXT[],
    "drawn_at" INTEGER NOT NULL,
    "offer_id" INTEGER,

    CONSTRAINT "sealed_offers_pkey" PRIMARY KEY ("commitment")
);

-- CreateTable
CREATE TABLE "flex_dispatches" (
    "id" TEXT NOT NULL,
    "order_id" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "device" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "schedule" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "detail" TEXT NOT NULL DEFAULT '',
    "command_id" TEXT,
    "replaces" TEXT,
    "created_at" INTEGER NOT NULL,
    "changed_at" INTEGER NOT NULL,

    CONSTRAINT "flex_dispatches_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "nominated_baselines" (
    "portfolio_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "baseline_wh" BIGINT NOT NULL,
    "salt" TEXT NOT NULL,

    CONSTRAINT "nominated_baselines_pkey" PRIMARY KEY ("portfolio_id","product_id","day","position")
);

-- CreateTable
CREATE TABLE "flex_assets" (
    "order_id" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "area" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "baseline_wh" BIGINT,
    "realised_wh" BIGINT NOT NULL,
    "quality" TEXT NOT NULL,
    "reading_version" INTEGER NOT NULL,
    "asked_wh" BIGINT NOT NULL,
    "attributed_wh" BIGINT,
    "before_wh" BIGINT NOT NULL,
    "missing_before_wh" BIGINT NOT NULL,
    "delivered_wh" BIGINT NOT NULL,
    "revenue_micro_euro" BIGINT NOT NULL,
    "penalty_micro_euro" BIGINT NOT NULL,
    "source" TEXT,
    "salt" TEXT NOT NULL,

    CONSTRAINT "flex_assets_pkey" PRIMARY KEY ("order_id","period","position")
);

-- CreateTable
CREATE TABLE "flex_entries" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "delivered_wh" BIGINT NOT NULL,
    "revenue_micro_euro" BIGINT NOT NULL,
    "penalty_micro_euro" BIGINT NOT NULL,
    "correction_micro_euro" BIGINT NOT NULL,
    "salt" TEXT NOT NULL,

    CONSTRAINT "flex_entries_pkey" PRIMARY KEY ("area","day","member_id","position")
);

-- CreateTable
CREATE TABLE "flex_statements" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "entries_root" TEXT NOT NULL,
    "charges_micro_euro" BIGINT NOT NULL,
    "credits_micro_euro" BIGINT NOT NULL,
    "salt" TEXT NOT NULL,

    CONSTRAINT "flex_statements_pkey" PRIMARY KEY ("area","day","position")
);

-- CreateTable
CREATE TABLE "erased_flex_assets" (
    "order_id" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "area" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "along_wh" BIGINT NOT NULL,
    "against_wh" BIGINT NOT NULL,

    CONSTRAINT "erased_flex_assets_pkey" PRIMARY KEY ("order_id","period","position")
);

-- CreateTable
CREATE TABLE "erased_flex_statements" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "paid_micro_euro" BIGINT NOT NULL,
    "received_micro_euro" BIGINT NOT NULL,

    CONSTRAINT "erased_flex_statements_pkey" PRIMARY KEY ("area","day","position")
);

-- CreateTable
CREATE TABLE "erased_nominated_baselines" (
    "portfolio_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "import_wh" BIGINT NOT NULL,
    "export_wh" BIGINT NOT NULL,

    CONSTRAINT "erased_nominated_baselines_pkey" PRIMARY KEY ("portfolio_id","product_id","day","position")
);

-- CreateTable
CREATE TABLE "aggregator_transactions" (
    "sender" TEXT NOT NULL,
    "nonce" INTEGER NOT NULL,
    "purpose" TEXT NOT NULL,
    "raw_transaction" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "earlier_hashes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "status" TEXT NOT NULL DEFAULT 'signed',
    "block_number" INTEGER,

    CONSTRAINT "aggregator_transactions_pkey" PRIMARY KEY ("sender","nonce")
);

-- CreateTable
CREATE TABLE "grid_operator_transactions" (
    "sender" TEXT NOT NULL,
    "nonce" INTEGER NOT NULL,
    "purpose" TEXT NOT NULL,
    "raw_transaction" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "earlier_hashes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "status" TEXT NOT NULL DEFAULT 'signed',
    "block_number" INTEGER,

    CONSTRAINT "grid_operator_transactions_pkey" PRIMARY KEY ("sender","nonce")
);

-- CreateTable
CREATE TABLE "flex_selections" (
    "request_id" INTEGER NOT NULL,
    "round" INTEGER NOT NULL,
    "chosen_at" INTEGER NOT NULL,
    "choice" TEXT NOT NULL,
    "cost_micro_euro" BIGINT NOT NULL,
    "gap_micro_euro" BIGINT NOT NULL,
    "is_done" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "flex_selections_pkey" PRIMARY KEY ("request_id","round")
);

-- CreateTable
CREATE TABLE "flex_findings" (
    "product_id" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "rule" TEXT NOT NULL,
    "day" TEXT NOT NULL,
    "found_at" INTEGER NOT NULL,
    "evidence" TEXT NOT NULL,

    CONSTRAINT "flex_findings_pkey" PRIMARY KEY ("product_id","member_id","kind","rule","day")
);

-- CreateTable
CREATE TABLE "baseline_accuracies" (
    "product_id" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "days" INTEGER NOT NULL,
    "refused_days" INTEGER NOT NULL,
    "periods" INTEGER NOT NULL,
    "error" TEXT NOT NULL,
    "squared_error" TEXT NOT NULL,
    "flow" TEXT NOT NULL,
    "last_day" TEXT NOT NULL,

    CONSTRAINT "baseline_accuracies_pkey" PRIMARY KEY ("product_id","member_id","version")
);

-- CreateTable
CREATE TABLE "flex_products" (
    "id" INTEGER NOT NULL,
    "area" INTEGER NOT NULL,
    "buyer" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "level" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "activation_lead_seconds" BIGINT NOT NULL,
    "longest_activation_seconds" BIGINT NOT NULL,
    "recovery_seconds" BIGINT NOT NULL,
    "minimum_size_w" BIGINT NOT NULL,
    "availability_price_micro_euro_per_kw_and_period" BIGINT NOT NULL,
    "utilisation_price_micro_euro_per_kwh" BIGINT NOT NULL,
    "resolution_seconds" INTEGER NOT NULL,
    "baseline" JSONB NOT NULL,
    "penalty" JSONB NOT NULL,
    "is_retired" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "flex_products_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "congestion_points" (
    "id" INTEGER NOT NULL,
    "area" INTEGER NOT NULL,
    "entity_address" TEXT NOT NULL,
    "consumption_w" BIGINT NOT NULL,
    "feed_in_w" BIGINT NOT NULL,

    CONSTRAINT "congestion_points_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "congestion_limits" (
    "point_id" INTEGER NOT NULL,
    "number" BIGINT NOT NULL,
    "first_period" BIGINT NOT NULL,
    "last_period" BIGINT NOT NULL,
    "consumption_w" BIGINT NOT NULL,
    "feed_in_w" BIGINT NOT NULL,

    CONSTRAINT "congestion_limits_pkey" PRIMARY KEY ("point_id","number")
);

-- CreateTable
CREATE TABLE "congestion_connections" (
    "point_id" INTEGER NOT NULL,
    "connection_point" TEXT NOT NULL,
    "effect_ppm" BIGINT NOT NULL,

    CONSTRAINT "congestion_connections_pkey" PRIMARY KEY ("point_id","connection_point")
);

-- CreateTable
CREATE TABLE "flex_portfolios" (
    "id" INTEGER NOT NULL,
    "area" INTEGER NOT NULL,
    "aggregator" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "fee_permille" INTEGER NOT NULL,
    "split" TEXT NOT NULL,

    CONSTRAINT "flex_portfolios_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "flex_memberships" (
    "block_number" INTEGER NOT NULL,
    "log_index" INTEGER NOT NULL,
    "portfolio_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "from" BIGINT NOT NULL,
    "until" BIGINT NOT NULL,
    "consent" TEXT NOT NULL,

    CONSTRAINT "flex_memberships_pkey" PRIMARY KEY ("block_number","log_index")
);

-- CreateTable
CREATE TABLE "flex_prequalifications" (
    "portfolio_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "point_id" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "asked_w" BIGINT NOT NULL,
    "evidence" TEXT NOT NULL,
    "asked_at" INTEGER NOT NULL,
    "power_w" BIGINT NOT NULL DEFAULT 0,
    "effect_ppm" BIGINT NOT NULL DEFAULT 0,
    "from" BIGINT NOT NULL DEFAULT 0,
    "until" BIGINT NOT NULL DEFAULT 0,
    "reason" TEXT,

    CONSTRAINT "flex_prequalifications_pkey" PRIMARY KEY ("portfolio_id","product_id","point_id")
);

-- CreateTable
CREATE TABLE "flex_reservations" (
    "id" INTEGER NOT NULL,
    "portfolio_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "point_id" INTEGER NOT NULL,
    "availability_price_micro_euro_per_kw_and_period" BIGINT NOT NULL,
    "utilisation_price_micro_euro_per_kwh" BIGINT NOT NULL,
    "release_lead_seconds" BIGINT NOT NULL,
    "windows" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "proposed_at" INTEGER NOT NULL,

    CONSTRAINT "flex_reservations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "flex_releases" (
    "block_number" INTEGER NOT NULL,
    "log_index" INTEGER NOT NULL,
    "reservation_id" INTEGER NOT NULL,
    "reference" TEXT NOT NULL,
    "released_at" INTEGER NOT NULL,
    "periods" JSONB NOT NULL,

    CONSTRAINT "flex_releases_pkey" PRIMARY KEY ("block_number","log_index")
);

-- CreateTable
CREATE TABLE "flex_requests" (
    "id" INTEGER NOT NULL,
    "point_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "reservation_id" INTEGER,
    "supersedes" INTEGER,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "expires_at" BIGINT NOT NULL,
    "reveal_until" BIGINT NOT NULL,
    "price_cap_micro_euro_per_kwh" BIGINT NOT NULL,
    "periods" JSONB NOT NULL,
    "first_period" BIGINT NOT NULL,
    "last_period" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "requested_at" INTEGER NOT NULL,
    "requested_transaction" TEXT NOT NULL,
    "seed" TEXT,

    CONSTRAINT "flex_requests_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "flex_offers" (
    "id" INTEGER NOT NULL,
    "request_id" INTEGER NOT NULL,
    "portfolio_id" INTEGER NOT NULL,
    "commitment" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "sealed_at" INTEGER NOT NULL,
    "opened_at" INTEGER,
    "expires_at" BIGINT,
    "options" JSONB,
    "salt" TEXT,

    CONSTRAINT "flex_offers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "flex_orders" (
    "id" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "is_test" BOOLEAN NOT NULL,
    "portfolio_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "point_id" INTEGER NOT NULL,
    "offer_id" INTEGER,
    "reservation_id" INTEGER,
    "option" INTEGER,
    "factor" INTEGER NOT NULL,
    "price_micro_euro" BIGINT NOT NULL,
    "pledge_micro_euro" BIGINT NOT NULL,
    "reference" TEXT NOT NULL,
    "ordered_at" INTEGER NOT NULL,
    "ordered_transaction" TEXT NOT NULL,

    CONSTRAINT "flex_orders_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "flex_order_periods" (
    "order_id" INTEGER NOT NULL,
    "period" BIGINT NOT NULL,
    "power_w" BIGINT NOT NULL,
    "ordered_w" BIGINT NOT NULL,
    "served_w" BIGINT NOT NULL,

    CONSTRAINT "flex_order_periods_pkey" PRIMARY KEY ("order_id","period")
);

-- CreateTable
CREATE TABLE "flex_runs" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "root" TEXT NOT NULL,
    "statement_count" BIGINT NOT NULL,
    "total_micro_euro" DECIMAL(20,0) NOT NULL,
    "readings_at" BIGINT NOT NULL,
    "committed_at" INTEGER NOT NULL,
    "committed_transaction" TEXT NOT NULL,
    "paid_at" INTEGER,
    "paid_transaction" TEXT,

    CONSTRAINT "flex_runs_pkey" PRIMARY KEY ("area","day")
);

-- CreateTable
CREATE TABLE "flex_settlements" (
    "order_id" INTEGER NOT NULL,
    "period" BIGINT NOT NULL,
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "moved_wh" DECIMAL(20,0) NOT NULL,
    "opposed_wh" DECIMAL(20,0) NOT NULL,
    "asset_count" BIGINT NOT NULL,
    "assets_root" TEXT NOT NULL,
    "served_wh" DECIMAL(20,0) NOT NULL,
    "delivered_wh" DECIMAL(20,0) NOT NULL,
    "deficiency_wh" DECIMAL(20,0) NOT NULL,
    "price_micro_euro" DECIMAL(20,0) NOT NULL,
    "payment_micro_euro" DECIMAL(20,0) NOT NULL,
    "penalty_micro_euro" DECIMAL(20,0) NOT NULL,

    CONSTRAINT "flex_settlements_pkey" PRIMARY KEY ("order_id","period")
);

-- CreateTable
CREATE TABLE "flex_availability" (
    "reservation_id" INTEGER NOT NULL,
    "period" BIGINT NOT NULL,
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "available_w" BIGINT NOT NULL,
    "payment_micro_euro" DECIMAL(20,0) NOT NULL,

    CONSTRAINT "flex_availability_pkey" PRIMARY KEY ("reservation_id","period")
);

-- CreateTable
CREATE TABLE "flex_payments" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "member_id" INTEGER NOT NULL,
    "amount_micro_euro" BIGINT NOT NULL,

    CONSTRAINT "flex_payments_pkey" PRIMARY KEY ("area","day","member_id")
);

-- CreateTable
CREATE TABLE "flex_nominations" (
    "portfolio_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "day" BIGINT NOT NULL,
    "root" TEXT NOT NULL,
    "count" BIGINT NOT NULL,
    "import_total_wh" DECIMAL(20,0) NOT NULL,
    "export_total_wh" DECIMAL(20,0) NOT NULL,
    "committed_at" INTEGER NOT NULL,

    CONSTRAINT "flex_nominations_pkey" PRIMARY KEY ("portfolio_id","product_id","day")
);

-- CreateTable
CREATE TABLE "flex_challenges" (
    "block_number" INTEGER NOT NULL,
    "log_index" INTEGER NOT NULL,
    "transaction_hash" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "member_id" INTEGER,
    "order_id" INTEGER,
    "period" BIGINT,
    "challenger" INTEGER NOT NULL,

    CONSTRAINT "flex_challenges_pkey" PRIMARY KEY ("block_number","log_index")
);

-- CreateIndex
CREATE INDEX "congestion_forecasts_point_id_period_idx" ON "congestion_forecasts"("point_id", "period");

-- CreateIndex
CREATE INDEX "request_proposals_point_id_day_idx" ON "request_proposals"("point_id", "day");

-- CreateIndex
CREATE INDEX "sealed_offers_request_id_idx" ON "sealed_offers"("request_id");

-- CreateIndex
CREATE INDEX "sealed_offers_portfolio_id_idx" ON "sealed_offers"("portfolio_id");

-- CreateIndex
CREATE INDEX "flex_dispatches_order_id_idx" ON "flex_dispatches"("order_id");

-- CreateIndex
CREATE INDEX "flex_dispatches_member_id_idx" ON "flex_dispatches"("member_id");

-- CreateIndex
CREATE INDEX "flex_dispatches_device_idx" ON "flex_dispatches"("device");

-- CreateIndex
CREATE INDEX "nominated_baselines_member_id_period_idx" ON "nominated_baselines"("member_id", "period");

-- CreateIndex
CREATE INDEX "flex_assets_member_id_period_idx" ON "flex_assets"("member_id", "period");

-- CreateIndex
CREATE INDEX "flex_entries_member_id_day_idx" ON "flex_entries"("member_id", "day");

-- CreateIndex
CREATE UNIQUE INDEX "flex_statements_member_id_day_key" ON "flex_statements"("member_id", "day");

-- CreateIndex
CREATE UNIQUE INDEX "aggregator_transactions_purpose_key" ON "aggregator_transactions"("purpose");

-- CreateIndex
CREATE UNIQUE INDEX "aggregator_transactions_hash_key" ON "aggregator_transactions"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "grid_operator_transactions_purpose_key" ON "grid_operator_transactions"("purpose");

-- CreateIndex
CREATE UNIQUE INDEX "grid_operator_transactions_hash_key" ON "grid_operator_transactions"("hash");

-- CreateIndex
CREATE INDEX "flex_findings_member_id_idx" ON "flex_findings"("member_id");

-- CreateIndex
CREATE INDEX "baseline_accuracies_member_id_idx" ON "baseline_accuracies"("member_id");

-- CreateIndex
CREATE INDEX "flex_products_area_idx" ON "flex_products"("area");

-- CreateIndex
CREATE INDEX "congestion_points_area_idx" ON "congestion_points"("area");

-- CreateIndex
CREATE INDEX "congestion_connections_connection_point_idx" ON "congestion_connections"("connection_point");

-- CreateIndex
CREATE INDEX "flex_portfolios_aggregator_idx" ON "flex_portfolios"("aggregator");

-- CreateIndex
CREATE INDEX "flex_memberships_portfolio_id_product_id_idx" ON "flex_memberships"("portfolio_id", "product_id");

-- CreateIndex
CREATE INDEX "flex_memberships_member_id_idx" ON "flex_memberships"("member_id");

-- CreateIndex
CREATE INDEX "flex_prequalifications_product_id_point_id_idx" ON "flex_prequalifications"("product_id", "point_id");

-- CreateIndex
CREATE INDEX "flex_reservations_portfolio_id_idx" ON "flex_reservations"("portfolio_id");

-- CreateIndex
CREATE INDEX "flex_reservations_point_id_product_id_idx" ON "flex_reservations"("point_id", "product_id");

-- CreateIndex
CREATE INDEX "flex_releases_reservation_id_idx" ON "flex_releases"("reservation_id");

-- CreateIndex
CREATE INDEX "flex_requests_point_id_last_period_idx" ON "flex_requests"("point_id", "last_period");

-- CreateIndex
CREATE INDEX "flex_offers_request_id_idx" ON "flex_offers"("request_id");

-- CreateIndex
CREATE INDEX "flex_offers_portfolio_id_idx" ON "flex_offers"("portfolio_id");

-- CreateIndex
CREATE INDEX "flex_orders_portfolio_id_idx" ON "flex_orders"("portfolio_id");

-- CreateIndex
CREATE INDEX "flex_orders_offer_id_idx" ON "flex_orders"("offer_id");

-- CreateIndex
CREATE INDEX "flex_orders_point_id_idx" ON "flex_orders"("point_id");

-- CreateIndex
CREATE INDEX "flex_order_periods_period_idx" ON "flex_order_periods"("period");

-- CreateIndex
CREATE INDEX "flex_settlements_area_day_idx" ON "flex_settlements"("area", "day");

-- CreateIndex
CREATE INDEX "flex_availability_area_day_idx" ON "flex_availability"("area", "day");

-- CreateIndex
CREATE INDEX "flex_payments_member_id_day_idx" ON "flex_payments"("member_id", "day");

-- CreateIndex
CREATE INDEX "flex_challenges_area_day_idx" ON "flex_challenges"("area", "day");
