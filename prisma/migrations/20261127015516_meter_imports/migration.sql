-- CreateTable
CREATE TABLE "meter_imports" (
    "id" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "area" INTEGER NOT NULL,
    "content_hash" TEXT NOT NULL,
    "idempotency_key" TEXT,
    "meter_count" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,

    CONSTRAINT "meter_imports_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "imported_meters" (
    "import_id" TEXT NOT NULL,
    "row" INTEGER NOT NULL,
    "address" TEXT NOT NULL,
    "serial_number" TEXT NOT NULL,
    "certificate" TEXT,
    "code_hash" TEXT NOT NULL,

    CONSTRAINT "imported_meters_pkey" PRIMARY KEY ("import_id","row")
);

-- CreateTable
CREATE TABLE "meter_import_runs" (
    "import_id" TEXT NOT NULL,
    "valid_from" BIGINT NOT NULL,
    "valid_until" BIGINT NOT NULL,
    "started_at" INTEGER NOT NULL,
    "finished_at" INTEGER,
    "held_back_code" TEXT,
    "held_back" TEXT,

    CONSTRAINT "meter_import_runs_pkey" PRIMARY KEY ("import_id")
);

-- CreateTable
CREATE TABLE "imported_meter_outcomes" (
    "import_id" TEXT NOT NULL,
    "row" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "credential_id" TEXT,
    "reason" TEXT,

    CONSTRAINT "imported_meter_outcomes_pkey" PRIMARY KEY ("import_id","row")
);

-- CreateIndex
CREATE UNIQUE INDEX "meter_imports_account_area_content_hash_key" ON "meter_imports"("account", "area", "content_hash");

-- CreateIndex
CREATE UNIQUE INDEX "meter_imports_account_idempotency_key_key" ON "meter_imports"("account", "idempotency_key");

-- CreateIndex
CREATE INDEX "imported_meters_address_idx" ON "imported_meters"("address");

-- CreateIndex
CREATE INDEX "imported_meters_code_hash_idx" ON "imported_meters"("code_hash");
