// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMeterReadings} from "../../../contracts/metering/IMeterReadings.sol";
import {IChallenges} from "../../../contracts/settlement/IChallenges.sol";
import {ISettlement} from "../../../contracts/settlement/ISettlement.sol";
import {SettlementLines} from "../../../contracts/settlement/SettlementLines.sol";
import {AreaId, DeliveryPeriod, MemberId, Money, Price} from "../../../contracts/types/Types.sol";
import {SumTrees} from "../metering/SumTrees.sol";
import {vm} from "../Vm.sol";
import {SettlementWorld} from "./SettlementWorld.sol";

/// @dev A day of three traded periods. In each, Zoe buys 333 Wh and Alice 1,001 Wh of Bob, at 0.1501 EUR/kWh; all three
/// are metered. Alice's statement is the true one until a test changes it; `_seal` commits what it is then.
abstract contract ChallengeWorld is SettlementWorld {
    using SettlementLines for SettlementLines.Lines;
    using SumTrees for SumTrees.Tree;

    uint256 internal constant PERIODS = 3;
    uint256 internal constant ALICE_POSITION = 3;
    uint256 private constant STATEMENTS = 5;
    int24 internal constant PRICE = 150_100;
    uint256 internal constant DEPOSIT = 100_000_000;
    uint256 internal constant REWARD = 10_000_000;
    uint256 internal constant COMMITTED_AT = DAY_END + 1_000;

    MemberId internal _zoe;
    MemberId internal _alice;
    MemberId internal _bob;

    /// @dev What will be committed of Alice, run by run; sums as they will stand in the trees.
    uint8 internal _run;
    IChallenges.PeriodStatement[] internal _periods;
    uint64[] internal _a;
    uint64[] internal _b;
    SumTrees.Lie internal _lie;
    /// @dev The same of the readings that are committed and shown while it is set.
    SumTrees.Lie internal _readingsLie;
    /// @dev The time that the operator names for its readings; zero for now.
    uint32 internal _readingsAt;
    IChallenges.Statement internal _statement;
    uint64 internal _statementA;
    uint64 internal _statementB;
    int64 internal _paid;
    bytes[] internal _payments;

    /// @dev What alters a statement after its sums are taken, as an operator might.
    int64 internal _chargesLie;
    int64 internal _previousLie;
    int64 internal _paidLie;
    uint64 internal _statementALie;
    int64 internal _previous;

    mapping(uint8 version => mapping(uint256 position => IMeterReadings.Reading[])) private _readings;

    function setUp() public virtual override {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        areas.setGridTariff(AREA, 60_000, 20_000);
        areas.setLevy(AREA, 30_000);
        areas.setPlatformFee(AREA, 5_000);
        _zoe = _registerHousehold();
        _alice = _registerHousehold();
        _bob = _registerHousehold();
        _fund(SUPPLIER_ID, DEPOSIT);
        _fund(_alice, DEPOSIT);
        _fund(_bob, DEPOSIT);
        _depositBond();
        vm.warp(DAY_END);
        for (uint256 position = 0; position < PERIODS; ++position) {
            auction.setCleared(AREA, _periodAt(position), Price.wrap(PRICE), 1_334, _fills());
            _commitReadings(position, 0, 1_300);
        }
        vm.warp(COMMITTED_AT);
        _takeTruth(0);
    }

    /// @dev Makes Alice's statement what it should be by the readings' version.
    function _takeTruth(uint8 version) internal {
        delete _periods;
        delete _a;
        delete _b;
        for (uint256 position = 0; position < PERIODS; ++position) {
            _periods.push(_truthOf(version, position));
            _a.push(0);
            _b.push(0);
            _takeSums(position);
        }
    }

    /// @dev Makes the sums of a period those of its lines.
    function _takeSums(uint256 position) internal {
        (uint256 charges, uint256 credits) = _linesAt(position).sumsOf();
        (_a[position], _b[position]) = (uint64(charges), uint64(credits));
    }

    /// @dev Makes tree, payment and commitment of what Alice's statement now is.
    function _seal() internal {
        SumTrees.Tree memory tree = _periodTree();
        SumTrees.Node memory root = tree.rootOf();
        _statement = IChallenges.Statement({
            memberId: _alice,
            day: DAY,
            run: _run,
            periodCount: uint16(_periods.length),
            periodsRoot: root.hash,
            charges: uint64(int64(root.a) + _chargesLie),
            credits: root.b,
            previous: Money.wrap(_previous + _previousLie),
            salt: "statement"
        });
        _sealStatement();
    }

    /// @dev The same with the statement as it is now.
    function _sealStatement() internal {
        int64 payment =
            int64(_statement.charges) - int64(_statement.credits) - Money.unwrap(_statement.previous);
        _statementA = uint64(payment > 0 ? payment : int64(0)) + _statementALie;
        _statementB = uint64(payment < 0 ? -payment : int64(0));
        _paid = payment + _paidLie;
        bytes memory payments =
            _paid == 0 ? bytes("") : bytes.concat(_payment(SUPPLIER_ID, -_paid), _payment(_alice, _paid));
        while (_payments.length <= _run) _payments.push("");
        _payments[_run] = payments;
        SumTrees.Node memory top = _statementTree().rootOf();
        settlement.commitStatements(
            AREA,
            DAY,
            _run,
            ISettlement.Commitment(top.hash, uint32(STATEMENTS + _others()), _totalOf(payments)),
            _readingsAt == 0 ? uint32(block.timestamp) : _readingsAt,
            payments
        );
    }

    /// @dev Has the sealed run paid and takes up the next one's statement, true to the readings' version.
    function _payAndGoOn(uint8 run, uint256 time, uint8 version) internal {
        vm.warp(block.timestamp + WINDOW);
        settlement.payRun(AREA, DAY, _run, _payments[_run]);
        _previous += _paid + int64(challenges.correctionOf(AREA, DAY, _run, _alice));
        (_chargesLie, _previousLie, _paidLie, _statementALie) = (0, 0, 0, 0);
        delete _lie;
        _run = run;
        if (time > block.timestamp) vm.warp(time);
        _takeTruth(version);
    }

    function _commitReadings(uint256 position, uint8 version, uint64 aliceImport) internal {
        SumTrees.Node[] memory leaves = _withOthers(3);
        uint24[3] memory ids = [MemberId.unwrap(_zoe), MemberId.unwrap(_alice), MemberId.unwrap(_bob)];
        for (uint256 i = 0; i < 3; ++i) {
            IMeterReadings.Reading memory reading = IMeterReadings.Reading({
                memberId: MemberId.wrap(ids[i]),
                period: _periodAt(position),
                importStart: 10_000,
                importEnd: 10_000 + (i == 1 ? aliceImport + uint64(position) : 300),
                exportStart: 500,
                exportEnd: 540,
                quality: version == 0 && position == 1 ? 1 : 0,
                salt: keccak256(abi.encode(version, position, i))
            });
            _readings[version][position].push(reading);
            leaves[i] = SumTrees.leafOf(
                _encode(reading),
                reading.importEnd - reading.importStart,
                reading.exportEnd - reading.exportStart
            );
        }
        SumTrees.Node memory root = SumTrees.rootOf(SumTrees.treeWith(leaves, _readingsLie));
        IMeterReadings.Commitment memory commitment = IMeterReadings.Commitment(
            root.hash,
            uint32(leaves.length),
            root.a,
            root.b
        );
        if (version == 0) readings.commitReadings(AREA, _periodAt(position), commitment);
        else readings.correctReadings(AREA, _periodAt(position), commitment);
    }

    function _statementProof() internal view returns (IChallenges.StatementProof memory) {
        return
            IChallenges.StatementProof(
                _statement,
                _statementA,
                _statementB,
                ALICE_POSITION,
                _statementTree().siblingsOf(ALICE_POSITION)
            );
    }

    function _periodProof(uint256 position) internal view returns (IChallenges.PeriodProof memory) {
        return
            IChallenges.PeriodProof(
                _periods[position],
                _a[position],
                _b[position],
                position,
                _periodTree().siblingsOf(position)
            );
    }

    function _readingProof(
        uint8 version,
        uint256 position
    ) internal view returns (IChallenges.ReadingProof memory) {
        IMeterReadings.Reading[] storage all = _readings[version][position];
        SumTrees.Node[] memory leaves = _withOthers(3);
        for (uint256 i = 0; i < 3; ++i) {
            leaves[i] = SumTrees.leafOf(
                _encode(all[i]),
                all[i].importEnd - all[i].importStart,
                all[i].exportEnd - all[i].exportStart
            );
        }
        return
            IChallenges.ReadingProof(
                all[1],
                version,
                leaves[1].a,
                leaves[1].b,
                1,
                SumTrees.treeWith(leaves, _readingsLie).siblingsOf(1)
            );
    }

    function _noReading() internal pure returns (IChallenges.ReadingProof memory none) {}

    function _nodes() internal view returns (bytes memory) {
        return _periodTree().nodesOf();
    }

    /// @dev How many members more than those of the story there are.
    function _others() internal view virtual returns (uint256) {
        return 0;
    }

    /// @return leaves Those of the others, behind `first` that are to be filled in.
    function _withOthers(uint256 first) internal view returns (SumTrees.Node[] memory leaves) {
        leaves = new SumTrees.Node[](first + _others());
        for (uint256 i = first; i < leaves.length; ++i) {
            leaves[i] = SumTrees.leafOf(abi.encode("leaf of another", i), 0, 0);
        }
    }

    function _fills() internal view virtual returns (bytes[] memory fills) {
        fills = new bytes[](2);
        fills[0] = abi.encodePacked(_zoe, uint32(333), _alice, uint32(1_001));
        fills[1] = abi.encodePacked(_bob, uint32(1_334) | (uint32(1) << 31));
    }

    function _periodAt(uint256 position) internal pure returns (DeliveryPeriod) {
        return DeliveryPeriod.wrap(uint32(FIRST + position));
    }

    /// @dev Alice's true statement of a period by a version of its readings.
    function _truthOf(
        uint8 version,
        uint256 position
    ) internal view returns (IChallenges.PeriodStatement memory) {
        IMeterReadings.Reading storage reading = _readings[version][position][1];
        uint64 imported = reading.importEnd - reading.importStart;
        SettlementLines.Lines memory lines = _linesFor(true, imported);
        return
            IChallenges.PeriodStatement({
                period: _periodAt(position),
                bought: 1_001,
                sold: 0,
                readingVersion: version,
                quality: reading.quality,
                imported: imported,
                exported: 40,
                energy: Money.wrap(int64(lines.energy)),
                imbalance: Money.wrap(int64(lines.imbalance)),
                gridTariff: Money.wrap(int64(lines.gridTariff)),
                levies: Money.wrap(int64(lines.levies)),
                platformFee: Money.wrap(int64(lines.platformFee)),
                salt: keccak256(abi.encode("period", position))
            });
    }

    function _linesFor(bool isMetered, uint64 imported) internal view returns (SettlementLines.Lines memory) {
        return
            SettlementLines.linesOf(
                PRICE,
                areas.tariffOf(AREA, FIRST_PERIOD),
                SettlementLines.Traded(333, 1_001, 0, 0),
                SettlementLines.Metered(isMetered ? imported : 0, isMetered ? 40 : 0)
            );
    }

    function _setLines(uint256 position, SettlementLines.Lines memory lines) internal {
        IChallenges.PeriodStatement storage period = _periods[position];
        period.energy = Money.wrap(int64(lines.energy));
        period.imbalance = Money.wrap(int64(lines.imbalance));
        period.gridTariff = Money.wrap(int64(lines.gridTariff));
        period.levies = Money.wrap(int64(lines.levies));
        period.platformFee = Money.wrap(int64(lines.platformFee));
        _takeSums(position);
    }

    function _linesAt(uint256 position) internal view returns (SettlementLines.Lines memory) {
        IChallenges.PeriodStatement storage period = _periods[position];
        return
            SettlementLines.Lines(
                Money.unwrap(period.energy),
                Money.unwrap(period.imbalance),
                Money.unwrap(period.gridTariff),
                Money.unwrap(period.levies),
                Money.unwrap(period.platformFee)
            );
    }

    function _periodTree() internal view returns (SumTrees.Tree memory) {
        SumTrees.Node[] memory leaves = new SumTrees.Node[](_periods.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = SumTrees.leafOf(_encode(_periods[i]), _a[i], _b[i]);
        }
        return SumTrees.treeWith(leaves, _lie);
    }

    /// @dev Of the others' statements there is no more than what Alice's proof needs.
    function _statementTree() private view returns (SumTrees.Tree memory) {
        SumTrees.Node[] memory leaves = _withOthers(STATEMENTS);
        for (uint256 i = 0; i < STATEMENTS; ++i) {
            leaves[i] = SumTrees.leafOf(abi.encode("statement of another", i), 0, 0);
        }
        leaves[0].a = _statementB;
        leaves[0].b = _statementA;
        leaves[ALICE_POSITION] = SumTrees.leafOf(_encode(_statement), _statementA, _statementB);
        return SumTrees.treeOf(leaves);
    }

    function _encode(IChallenges.Statement memory statement) internal pure returns (bytes memory) {
        return
            abi.encodePacked(
                statement.memberId,
                statement.day,
                statement.run,
                statement.periodCount,
                statement.periodsRoot,
                statement.charges,
                statement.credits,
                statement.previous,
                statement.salt
            );
    }

    function _encode(IChallenges.PeriodStatement memory period) private pure returns (bytes memory) {
        return
            bytes.concat(
                abi.encodePacked(
                    period.period,
                    period.bought,
                    period.sold,
                    period.readingVersion,
                    period.quality,
                    period.imported,
                    period.exported
                ),
                abi.encodePacked(
                    period.energy,
                    period.imbalance,
                    period.gridTariff,
                    period.levies,
                    period.platformFee,
                    period.salt
                )
            );
    }

    function _encode(IMeterReadings.Reading memory reading) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                reading.memberId,
                reading.period,
                reading.importStart,
                reading.importEnd,
                reading.exportStart,
                reading.exportEnd,
                reading.quality,
                reading.salt
            );
    }
}
