-- CreateTable
CREATE TABLE "finished_days" (
    "area" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,

    CONSTRAINT "finished_days_pkey" PRIMARY KEY ("area","day")
);
