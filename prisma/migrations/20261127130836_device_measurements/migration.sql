-- CreateTable
CREATE TABLE "device_measurements" (
    "device" TEXT NOT NULL,
    "quantity" TEXT NOT NULL,
    "value" BIGINT NOT NULL,
    "measured_at_ms" BIGINT NOT NULL,
    "quality" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,

    CONSTRAINT "device_measurements_pkey" PRIMARY KEY ("device","sequence")
);

-- CreateIndex
CREATE INDEX "device_measurements_device_quantity_measured_at_ms_idx" ON "device_measurements"("device", "quantity", "measured_at_ms");
