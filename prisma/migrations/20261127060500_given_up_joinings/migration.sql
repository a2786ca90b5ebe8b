-- AlterTable
ALTER TABLE "joinings" ADD COLUMN     "given_up_at" INTEGER;
