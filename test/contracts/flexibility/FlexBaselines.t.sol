// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexBaselines} from "../../../contracts/flexibility/IFlexBaselines.sol";
import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IMeterReadings} from "../../../contracts/metering/IMeterReadings.sol";
import {
    DeliveryPeriod,
    FlexOrderId,
    PortfolioId,
    PowerW,
    ProductId,
    TradingDay
} from "../../../contracts/types/Types.sol";
import {SumTrees} from "../metering/SumTrees.sol";
import {vm} from "../Vm.sol";
import {FlexDay} from "./FlexDay.sol";

// isBaseline
//   given a nomination that was committed before the order, it is the baseline, and no other method is; given one that
//     came later, or none, a leaf that names it is wrong
//   given meter-before-meter-after, it is the mean of the window, halves to the even Wh; given a window in which the
//     portfolio was called, or a reading that is not metered, there is none
//   given the high five of ten, it is their mean, with the adjustment that the window makes of it, additive or
//     multiplicative, within the cap; given the other direction, all is mirrored
//   given days that are too many or too few, not ascending, of the other type, beyond the look-back, or on which the
//     member was called, it is wrong
//   given readings that are not those, a method that the product has not, or one that only an audit judges, it reverts
contract FlexBaselinesTest is FlexDay {
    ProductId private constant PRODUCT = ProductId.wrap(3);
    PortfolioId private constant PORTFOLIO = PortfolioId.wrap(3);
    uint32 private constant TODAY = 20_000;
    uint32 private constant OWN = TODAY * 96 + 40;
    uint40 private constant NOTIFIED_AT = uint40((uint256(TODAY) * 96 + 38) * 900);
    uint8 private constant ESTIMATED_ = 1;
    /// @dev 20 percent, two periods.
    uint32 private constant ADDITIVE = (1 << 24) | (20 << 8) | 2;
    uint32 private constant MULTIPLICATIVE = (2 << 24) | (20 << 8) | 2;
    uint32 private constant NARROW = (2 << 24) | (5 << 8) | 2;

    IFlexProducts.Direction private _direction;
    mapping(uint256 period => uint8) private _qualities;
    mapping(uint256 period => int64) private _extra;
    uint32 private _calledPeriod;

    function test_isBaseline_byNomination() public {
        _define(_method(0, 3_600, 0, 0));
        _nominate(20_002);
        IFlexBaselines.Case memory own = _caseAt(20_002 * 96 + 7);
        own.notifiedAt = uint40(uint256(20_002) * 86_400);
        vm.assertTrue(_judge(own, 1_234, hex"00", _nominationEvidence()), "as it was nominated");
        vm.assertFalse(_judge(own, 1_235, hex"00", _nominationEvidence()), "another one");
        vm.assertFalse(_judge(own, 0, "", _nominationEvidence()), "none, although it was nominated");
        own.notifiedAt = uint40(block.timestamp);
        vm.assertFalse(_judge(own, 1_234, hex"00", hex"00"), "nominated after the order");
        vm.assertTrue(_judge(own, 0, "", hex"00"), "so there is none");
    }

    function test_isBaseline_revertsForAnotherNomination() public {
        _define(_method(0, 3_600, 0, 0));
        _nominate(20_002);
        IFlexBaselines.Case memory own = _caseAt(20_002 * 96 + 8);
        own.notifiedAt = uint40(uint256(20_002) * 86_400);
        bytes memory evidence = _nominationEvidence();
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexBaselines.FlexBaselinesWrongNomination.selector,
                ALICE_ID,
                DeliveryPeriod.wrap(20_002 * 96 + 8)
            )
        );
        this.judge(own, 1_234, hex"00", evidence);
    }

    function test_isBaseline_byMeterBeforeMeterAfter() public {
        _define(_method(1, 2, 1, 0));
        // Quarters 36 and 37, and 42 after the end: 1,300, 1,305 and 1,060 make 1,221.67.
        bytes memory evidence = _levelEvidence();
        vm.assertTrue(_judge(_case(), 1_222, hex"00", evidence), "the mean");
        vm.assertFalse(_judge(_case(), 1_221, hex"00", evidence), "another one");
        _callOn(3, 37, TODAY);
        vm.assertFalse(_judge(_case(), 1_222, hex"00", evidence), "called in the window");
    }

    function test_isBaseline_byMeterBeforeMeterAfter_takesMeteredReadingsAlone() public {
        _define(_method(1, 2, 1, 0));
        _qualities[TODAY * 96 + 37] = ESTIMATED_;
        vm.assertFalse(_judge(_case(), 1_222, hex"00", _levelEvidence()), "an estimated one");
    }

    function test_isBaseline_revertsForAnotherReading() public {
        _define(_method(1, 2, 1, 0));
        bytes memory evidence = _levelEvidence();
        _extra[TODAY * 96 + 37] = 5;
        bytes memory other = bytes.concat(hex"00", abi.encode(_levelProofs()));
        vm.assertTrue(keccak256(evidence) != keccak256(other), "other readings");
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexBaselines.FlexBaselinesWrongReading.selector,
                DeliveryPeriod.wrap(TODAY * 96 + 37),
                1
            )
        );
        this.judge(_case(), 1_222, hex"00", other);
    }

    function test_isBaseline_byTheHighFiveOfTen() public {
        _define(_method(3, 30, 0, 0));
        // Of 1,040 and 100 Wh more each day the mean is 1,240.
        bytes memory evidence = _meanEvidence(0);
        vm.assertTrue(_judge(_case(), 1_240, _source(0), evidence), "the mean");
        vm.assertFalse(_judge(_case(), 1_241, _source(0), evidence), "another one");
        vm.assertFalse(
            _judge(_case(), 1_240, _source(1), evidence),
            "an adjustment that the product has not"
        );
    }

    function test_isBaseline_adjustsByTheWindow() public {
        bytes memory evidence = _meanEvidence(2);
        // 2,605 Wh in the window in place of 2,410: 97.5 more a period, of which the half goes to the even Wh.
        _define(_method(3, 30, 0, ADDITIVE));
        vm.assertTrue(_judge(_case(), 1_338, _source(2), evidence), "additive");
        vm.assertFalse(_judge(_case(), 1_337, _source(2), evidence), "another one");
        // 1,240 x 2,605 / 2,410 = 1,340.3.
        _define(_method(3, 30, 0, MULTIPLICATIVE));
        vm.assertTrue(_judge(_case(), 1_340, _source(2), evidence), "multiplicative");
        // At most five percent more.
        _define(_method(3, 30, 0, NARROW));
        vm.assertTrue(_judge(_case(), 1_302, _source(2), evidence), "capped");
        vm.assertTrue(_judge(_case(), 1_240, _source(1), _meanProofsOf(0)), "not made");
    }

    function test_isBaseline_mirrorsTheOtherDirection() public {
        _direction = IFlexProducts.Direction.ConsumeMore;
        _define(_method(3, 30, 0, ADDITIVE));
        bytes memory evidence = _meanEvidence(2);
        vm.assertTrue(_judge(_case(), 1_338, _source(2), evidence), "additive");
        // A factor needs use in the direction of the congestion, which is feed-in.
        _define(_method(3, 30, 0, MULTIPLICATIVE));
        vm.assertFalse(_judge(_case(), 1_340, _source(2), evidence), "no ratio");
    }

    function test_isBaseline_revertsForReadingsOfOtherDays() public {
        _define(_method(3, 30, 0, 0));
        bytes memory evidence = _meanEvidence(0);
        uint32[5] memory days_ = _daysUsed();
        days_[0] = 19_992;
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexBaselines.FlexBaselinesWrongReading.selector,
                DeliveryPeriod.wrap(19_992 * 96 + 40),
                0
            )
        );
        this.judge(_case(), 1_240, _sourceOf(days_), evidence);
    }

    function test_isBaseline_refusesDaysThatAreNotEligible() public {
        bytes memory evidence = _meanEvidence(0);
        _define(_method(3, 6, 0, 0));
        vm.assertFalse(_judge(_case(), 1_240, _source(0), evidence), "beyond the look-back");
        _define(_method(3, 30, 0, 0));
        uint32[5] memory days_ = _daysUsed();
        days_[1] = 19_994;
        vm.assertFalse(_judge(_case(), 1_240, _sourceOf(days_), evidence), "a Saturday");
        days_[1] = days_[0];
        vm.assertFalse(_judge(_case(), 1_240, _sourceOf(days_), evidence), "one twice");
        days_ = _daysUsed();
        days_[4] = TODAY;
        vm.assertFalse(_judge(_case(), 1_240, _sourceOf(days_), evidence), "the day itself");
        vm.assertFalse(_judge(_case(), 1_240, hex"000100004e1f00", evidence), "one alone");
        vm.assertFalse(_judge(_case(), 1_240, hex"00", evidence), "no source");
    }

    function test_isBaseline_refusesDaysOnWhichTheMemberWasCalled() public {
        _define(_method(3, 30, 0, 0));
        bytes memory evidence = _meanEvidence(0);
        _calledPeriod = 19_998 * 96 + 70;
        bytes memory called = _meanProofsOf(0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexBaselines.FlexBaselinesWrongCall.selector,
                DeliveryPeriod.wrap(_calledPeriod)
            )
        );
        this.judge(_case(), 1_240, _source(0), called);
        _callOn(3, 70, 19_998);
        vm.assertFalse(_judge(_case(), 1_240, _source(0), called), "called by its own portfolio");
        vm.assertTrue(_judge(_case(), 1_240, _source(0), evidence), "for who does not show it");
    }

    function test_isBaseline_revertsForWhatAnAuditJudges() public {
        _define(bytes.concat(_method(4, 10, 30, 0), _method(1, 2, 1, 0)));
        _requireUnprovable(hex"00", hex"00", 0);
        _requireUnprovable(hex"01", hex"00", 0);
        _requireUnprovable(hex"01", hex"02", 2);
        vm.assertFalse(_judge(_case(), 1_240, hex"05", hex"05"), "a method that the product has not");
    }

    function judge(
        IFlexBaselines.Case memory own,
        int64 baseline,
        bytes memory source,
        bytes memory evidence
    ) external view returns (bool) {
        return _judge(own, baseline, source, evidence);
    }

    function _judge(
        IFlexBaselines.Case memory own,
        int64 baseline,
        bytes memory source,
        bytes memory evidence
    ) private view returns (bool) {
        int32 power = _direction == IFlexProducts.Direction.ConsumeLess ? int32(-4_000) : int32(4_000);
        bytes memory periods = abi.encodePacked(OWN, power, OWN + 1, power, OWN + 3, -power);
        return baselines.isBaseline(own, baseline, periods, source, evidence);
    }

    function _requireUnprovable(bytes memory source, bytes memory evidence, uint8 position) private {
        vm.expectRevert(abi.encodeWithSelector(IFlexBaselines.FlexBaselinesUnprovable.selector, position));
        this.judge(_case(), 1_240, source, evidence);
    }

    function _define(bytes memory methods) private {
        IFlexProducts.Product memory product;
        product.direction = _direction;
        product.baseline = methods;
        market.setProduct(PRODUCT, product, false);
        market.setMember(PRODUCT, ALICE_ID, PORTFOLIO);
        IFlexOrders.Order memory order;
        order.portfolioId = PORTFOLIO;
        market.setOrder(FlexOrderId.wrap(3), order);
    }

    function _callOn(uint32 order, uint32 quarter, uint32 day) private {
        market.call(
            FlexOrderId.wrap(order),
            DeliveryPeriod.wrap(day * 96 + quarter),
            PowerW.wrap(4),
            PowerW.wrap(4)
        );
    }

    function _case() private view returns (IFlexBaselines.Case memory) {
        return _caseAt(OWN);
    }

    function _caseAt(uint32 period) private view returns (IFlexBaselines.Case memory) {
        return
            IFlexBaselines.Case(
                AREA,
                ALICE_ID,
                DeliveryPeriod.wrap(period),
                PORTFOLIO,
                PRODUCT,
                NOTIFIED_AT,
                uint32(block.timestamp)
            );
    }

    function _nominate(uint32 day) private {
        SumTrees.Node memory leaf = SumTrees.leafOf(
            abi.encodePacked(ALICE_ID, day * 96 + 7, int64(1_234), bytes32("salt")),
            1_234,
            0
        );
        nominations.nominate(PORTFOLIO, PRODUCT, TradingDay.wrap(day), leaf.hash, 1, 1_234, 0);
    }

    function _nominationEvidence() private pure returns (bytes memory) {
        IFlexBaselines.NominationProof memory proof;
        (proof.baseline, proof.salt, proof.a) = (1_234, "salt", 1_234);
        return bytes.concat(hex"00", abi.encode(proof));
    }

    function _levelEvidence() private returns (bytes memory) {
        IFlexBaselines.ReadingProof[] memory proofs = _levelProofs();
        for (uint256 i = 0; i < proofs.length; ++i) _commitOne(proofs[i].reading);
        return bytes.concat(hex"00", abi.encode(proofs));
    }

    function _levelProofs() private view returns (IFlexBaselines.ReadingProof[] memory proofs) {
        proofs = new IFlexBaselines.ReadingProof[](3);
        proofs[0] = _proofAt(TODAY, 36);
        proofs[1] = _proofAt(TODAY, 37);
        proofs[2] = _proofAt(TODAY, 42);
    }

    /// @dev Commits them; the evidence of a window of so many periods.
    function _meanEvidence(uint256 window) private returns (bytes memory) {
        uint32[5] memory days_ = _daysUsed();
        for (uint256 i = 0; i < 5; ++i) {
            for (uint32 quarter = 36; quarter < 42; ++quarter) {
                if (quarter == 38 || quarter == 39) continue;
                _commitOne(_proofAt(days_[i], quarter).reading);
            }
        }
        _commitOne(_proofAt(TODAY, 36).reading);
        _commitOne(_proofAt(TODAY, 37).reading);
        return _meanProofsOf(window);
    }

    function _meanProofsOf(uint256 window) private view returns (bytes memory) {
        IFlexBaselines.ReadingProof[] memory proofs = new IFlexBaselines.ReadingProof[](
            5 * (2 + window) + window
        );
        uint32[5] memory days_ = _daysUsed();
        uint256 next = 0;
        for (uint256 i = 0; i < 5; ++i) {
            proofs[next++] = _proofAt(days_[i], 40);
            proofs[next++] = _proofAt(days_[i], 41);
            for (uint32 j = 0; j < window; ++j) proofs[next++] = _proofAt(days_[i], 36 + j);
        }
        for (uint32 j = 0; j < window; ++j) proofs[next++] = _proofAt(TODAY, 36 + j);
        IFlexBaselines.CalledProof memory called = IFlexBaselines.CalledProof(
            PRODUCT,
            DeliveryPeriod.wrap(_calledPeriod)
        );
        return bytes.concat(hex"00", abi.encode(called, proofs));
    }

    /// @dev The five working days before the Friday.
    function _daysUsed() private pure returns (uint32[5] memory) {
        return [uint32(19_993), 19_996, 19_997, 19_998, 19_999];
    }

    function _source(uint8 adjustment) private pure returns (bytes memory) {
        bytes memory source = _sourceOf(_daysUsed());
        source[source.length - 1] = bytes1(adjustment);
        return source;
    }

    function _sourceOf(uint32[5] memory days_) private pure returns (bytes memory) {
        return
            bytes.concat(
                hex"0005",
                abi.encodePacked(days_[0], days_[1], days_[2], days_[3], days_[4]),
                hex"00"
            );
    }

    /// @dev Of a period's readings the member's is the only one.
    function _proofAt(
        uint32 day,
        uint32 quarter
    ) private view returns (IFlexBaselines.ReadingProof memory proof) {
        uint32 period = day * 96 + quarter;
        uint64 imported = uint64(int64(_useAt(day, quarter)) + _extra[period]);
        proof.reading = IMeterReadings.Reading(
            ALICE_ID,
            DeliveryPeriod.wrap(period),
            1_000,
            1_000 + imported,
            50,
            50,
            _qualities[period],
            "salt"
        );
        proof.a = imported;
        proof.siblings = new bytes[](0);
    }

    function _useAt(uint32 day, uint32 quarter) private pure returns (uint64) {
        if (day == TODAY) return quarter > 37 ? 1_000 + 10 * (quarter - 36) : 1_300 + 5 * (quarter - 36);
        uint32[5] memory days_ = _daysUsed();
        for (uint64 i = 0; i < 5; ++i) {
            if (days_[i] == day) return 1_000 + 100 * i + 10 * (quarter - 36);
        }
        return 0;
    }

    function _commitOne(IMeterReadings.Reading memory reading) private {
        if (readings.isCommitted(AREA, reading.period)) return;
        bytes memory packed = abi.encodePacked(
            reading.memberId,
            reading.period,
            reading.importStart,
            reading.importEnd,
            reading.exportStart,
            reading.exportEnd,
            reading.quality,
            reading.salt
        );
        SumTrees.Node memory leaf = SumTrees.leafOf(packed, reading.importEnd - reading.importStart, 0);
        readings.commitReadings(AREA, reading.period, IMeterReadings.Commitment(leaf.hash, 1, leaf.a, 0));
    }
}
