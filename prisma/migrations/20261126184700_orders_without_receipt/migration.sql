-- AlterTable
ALTER TABLE "orders" ALTER COLUMN "receipt" DROP NOT NULL;
