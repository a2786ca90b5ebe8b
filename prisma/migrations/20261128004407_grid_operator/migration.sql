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

-- CreateIndex
CREATE UNIQUE INDEX "grid_operator_transactions_purpose_key" ON "grid_operator_transactions"("purpose");

-- CreateIndex
CREATE UNIQUE INDEX "grid_operator_transactions_hash_key" ON "grid_operator_transactions"("hash");

-- CreateIndex
CREATE INDEX "flex_findings_member_id_idx" ON "flex_findings"("member_id");
