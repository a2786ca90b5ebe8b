-- CreateTable
CREATE TABLE "erased_readings" (
    "area" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "import_wh" BIGINT NOT NULL,
    "export_wh" BIGINT NOT NULL,

    CONSTRAINT "erased_readings_pkey" PRIMARY KEY ("area","period","version","position")
);

-- CreateTable
CREATE TABLE "erasures" (
    "member_id" INTEGER NOT NULL,
    "requested_at" INTEGER NOT NULL,

    CONSTRAINT "erasures_pkey" PRIMARY KEY ("member_id")
);

-- CreateTable
CREATE TABLE "erased_day_statements" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "run" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "paid_micro_euro" BIGINT NOT NULL,
    "received_micro_euro" BIGINT NOT NULL,

    CONSTRAINT "erased_day_statements_pkey" PRIMARY KEY ("area","day","run","position")
);
