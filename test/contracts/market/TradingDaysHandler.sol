// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {ISettlement} from "../../../contracts/settlement/ISettlement.sol";
import {SettlementCurrency} from "../../../contracts/settlement/SettlementCurrency.sol";
import {AreaId, EnergyWh, MemberId, Price, TradingDay} from "../../../contracts/types/Types.sol";
import {Marketplace} from "../Marketplace.sol";
import {vm} from "../Vm.sol";
import {SealedDraw} from "./SealedDraw.sol";

/// @dev What members, operator, registrar and settlement may do with funds and trading days, chosen by the fuzzer.
/// Members 1 to 4 are the counterparties, the rest households with trading keys.
contract TradingDaysHandler {
    using SealedDraw for SealedDraw.Book;

    AreaId private constant AREA = AreaId.wrap(1);
    MemberId private constant SUPPLIER_ID = MemberId.wrap(1);
    MemberId private constant DSO_ID = MemberId.wrap(2);
    uint24 private constant FIRST_HOUSEHOLD = 5;
    uint256 public constant MOST_MEMBERS = 12;
    uint256 private constant DAY_SECONDS = 1 days;
    uint256 private constant BOND = 1_000_000_000;

    /// @notice Whether every page so far was written by the rule, for funds and locks that were read before.
    bool public isByTheRule = true;
    /// @notice Whether withdrawing and forfeiting went through just where it should.
    bool public isFreeWhatCanBeTaken = true;

    IMemberRegistry private _members;
    IAccounts private _accounts;
    ITradingDays private _tradingDays;
    ISettlement private _settlement;
    SettlementCurrency private _currency;
    TradingDay[] private _paidDays;
    mapping(uint256 day => SealedDraw.Book) private _books;
    uint160 private _nextKey = 0xde1e0000;
    bool private _isPublishing;
    /// @dev Kept here, since the runner sets the time back after every call.
    uint256 private _time = block.timestamp;

    modifier atItsTime() {
        vm.warp(_time);
        _;
    }

    constructor(Marketplace market) {
        _members = market.members();
        _accounts = market.accounts();
        _tradingDays = market.tradingDays();
        _settlement = market.settlement();
        _currency = market.currency();
    }

    /// @dev Account and key of the member with that number, should it join.
    function newcomerOf(uint256 number) public pure returns (address) {
        return address(uint160(0x701e0000 + number));
    }

    function deposit(uint256 memberSeed, uint256 amountSeed) external atItsTime {
        uint256 amount = _mint(amountSeed);
        _accounts.deposit(_householdOf(memberSeed), amount);
    }

    function contribute(uint256 amountSeed) external atItsTime {
        _accounts.contribute(AREA, _mint(amountSeed));
    }

    function withdraw(uint256 memberSeed, uint256 amountSeed) external atItsTime {
        MemberId memberId = _householdOf(memberSeed);
        uint256 free = _accounts.freeOf(memberId);
        uint256 amount = _around(free, amountSeed);
        vm.prank(_members.accountOf(memberId));
        try _accounts.withdraw(memberId, amount) {
            if (amount > free) isFreeWhatCanBeTaken = false;
        } catch {
            if (amount <= free) isFreeWhatCanBeTaken = false;
        }
    }

    function forfeit(uint256 memberSeed, uint256 amountSeed) external atItsTime {
        MemberId memberId = _householdOf(memberSeed);
        uint256 free = _accounts.freeOf(memberId);
        uint256 amount = _around(free, amountSeed);
        try _accounts.forfeit(AREA, memberId, amount) {
            if (amount > free) isFreeWhatCanBeTaken = false;
        } catch {
            if (amount <= free) isFreeWhatCanBeTaken = false;
        }
    }

    function setCreditLine(uint256 memberSeed, uint256 amountSeed) external atItsTime {
        // Refused where locks need it.
        try _accounts.setCreditLine(_householdOf(memberSeed), _amountOf(amountSeed)) {} catch {}
    }

    function correct(uint256 memberSeed, uint256 amountSeed, bool isCharge) external atItsTime {
        int256 amount = int256(_amountOf(amountSeed));
        _accounts.correct(AREA, _householdOf(memberSeed), isCharge ? amount : -amount);
    }

    function reward(uint256 memberSeed, uint256 amountSeed) external atItsTime {
        _accounts.reward(AREA, _householdOf(memberSeed), _amountOf(amountSeed));
    }

    function delegate(uint256 memberSeed, uint32 lifeSeed) external atItsTime {
        MemberId memberId = _householdOf(memberSeed);
        if (_members.tradingRightOf(memberId).activeUntil != 0) return;
        vm.prank(_members.accountOf(memberId));
        _members.delegateTrading(
            memberId,
            IMemberRegistry.Delegation({
                key: address(++_nextKey),
                sides: 3,
                quantityLimit: EnergyWh.wrap(1_000),
                lowestPrice: Price.wrap(0),
                highestPrice: Price.wrap(100_000),
                expiry: uint32(_time + 1 + (lifeSeed % (3 * DAY_SECONDS)))
            })
        );
    }

    function join() external atItsTime {
        if (_members.memberCount() >= MOST_MEMBERS) return;
        address key = newcomerOf(_members.memberCount() + 1);
        IMemberRegistry.Registration[] memory one = new IMemberRegistry.Registration[](1);
        one[0] = IMemberRegistry.Registration(
            IMemberRegistry.Kind.Household,
            key,
            key,
            address(0),
            EnergyWh.wrap(10_000),
            bytes32(uint256(uint160(key)))
        );
        _members.registerMembers(AREA, one);
        MemberId memberId = MemberId.wrap(uint24(_members.memberCount()));
        _accounts.deposit(memberId, _mint(uint256(uint160(key)) << 32));
    }

    function resign(uint256 seed) external atItsTime {
        // Most stay.
        MemberId memberId = _householdOf(seed >> 8);
        if (seed % 4 != 0 || _members.tradingRightOf(memberId).activeUntil != 0) return;
        _members.deactivateMember(memberId);
    }

    function passTime(uint256 seed) external {
        _time += seed % DAY_SECONDS;
    }

    /// @dev The keys of today or of tomorrow, where they may be published.
    function publish(bool isTomorrow) external atItsTime {
        _publish(_today() + (isTomorrow ? 1 : 0));
    }

    function seal(uint256 seed) external atItsTime {
        // Days are open for a while, so that both kinds wait for their settlement at once.
        if (seed % 2 == 0 && _tradingDays.sealedSince(AREA) == 0) _tradingDays.sealKeys(AREA);
    }

    /// @dev The keys of today, where the operator withheld them for an hour.
    function publishOpenly() external atItsTime {
        _publishBy(_today(), false);
    }

    /// @dev A day goes by, and the operator publishes the keys of the one after.
    function turnTheDay() external {
        _time += DAY_SECONDS;
        vm.warp(_time);
        _publish(_today() + 1);
    }

    /// @dev The initial run of an open day, which releases it.
    function payDay(uint256 seed) external atItsTime {
        TradingDay[] memory open = _tradingDays.openDaysOf(AREA);
        if (open.length == 0) return;
        TradingDay day = open[seed % open.length];
        _pay(day, 0, seed);
        _paidDays.push(day);
    }

    /// @dev A later run of a day, where it is due.
    function payAgain(uint256 seed) external atItsTime {
        if (_paidDays.length == 0) return;
        TradingDay day = _paidDays[seed % _paidDays.length];
        (, uint8 last) = _settlement.lastRunOf(AREA, day);
        uint256 end = (uint256(TradingDay.unwrap(day)) + 1) * DAY_SECONDS;
        if (last == 2 || _time < end + (last + 1) * DAY_SECONDS) return;
        _pay(day, last + 1, seed);
    }

    function isEverybodyCovered() external view returns (bool) {
        for (uint24 id = FIRST_HOUSEHOLD; id <= _members.memberCount(); ++id) {
            MemberId memberId = MemberId.wrap(id);
            uint256 available = _accounts.balanceOf(memberId) + _accounts.creditLineOf(memberId);
            if (_tradingDays.lockedOf(memberId) > available) return false;
        }
        return true;
    }

    function doPagesPromiseWhatIsLocked() external view returns (bool) {
        TradingDay[] memory open = _tradingDays.openDaysOf(AREA);
        uint256[] memory promised = new uint256[](_members.memberCount() + 1);
        for (uint256 i = 0; i < open.length; ++i) {
            ITradingDays.Entry[] memory entries = _entriesOf(open[i], 0);
            for (uint256 j = 0; j < entries.length; ++j) {
                uint24 id = MemberId.unwrap(entries[j].memberId);
                uint24 before = j == 0 ? 0 : MemberId.unwrap(entries[j - 1].memberId);
                if (id < before) return false;
                if (id == before) {
                    // Its delegated key: what it may risk is the same, and not as much again.
                    if (entries[j].allowance != entries[j - 1].allowance) return false;
                    if (j > 1 && MemberId.unwrap(entries[j - 2].memberId) == id) return false;
                } else {
                    uint24 member = MemberId.unwrap(_memberOf(open[i], entries[j].memberId));
                    promised[member] += uint256(entries[j].allowance) * 96;
                }
            }
        }
        for (uint24 id = 1; id < promised.length; ++id) {
            if (_tradingDays.lockedOf(MemberId.wrap(id)) != promised[id]) return false;
        }
        return true;
    }

    function _publish(uint256 number) private {
        _publishBy(number, _tradingDays.isSealedDay(AREA, TradingDay.wrap(uint32(number))));
    }

    function _publishBy(uint256 number, bool isSealed) private {
        TradingDay day = TradingDay.wrap(uint32(number));
        uint256 known = _tradingDays.entryCountOf(AREA, day);
        uint256 count = _members.memberCount();
        uint256[] memory expected = new uint256[](count + 1);
        for (uint24 id = FIRST_HOUSEHOLD; id <= count; ++id) {
            expected[id] = _allowanceNow(MemberId.wrap(id), isSealed);
        }
        // Refused where four days are open, nobody is new, or the day was paid.
        if (isSealed) {
            _isPublishing = true;
            try this.publishSealed(number) {
                _compare(day, known, expected);
            } catch {}
            _isPublishing = false;
        } else {
            try _tradingDays.publishKeys(AREA, day, 600) {
                _compare(day, known, expected);
            } catch {}
        }
    }

    /// @dev In a call of its own, so that what it notes is forgotten where it reverts; not for the fuzzer, under
    /// whatever address it calls.
    function publishSealed(uint256 number) external {
        if (!_isPublishing) return;
        SealedDraw.Book storage book = _books[number];
        if (address(book.tradingDays) == address(0)) {
            book.open(_tradingDays, AREA, TradingDay.wrap(uint32(number)));
        }
        book.publish(_time);
    }

    /// @return The member itself on an open day, the one that the trader is on a sealed one.
    function _memberOf(TradingDay day, MemberId trader) private view returns (MemberId) {
        if (!_tradingDays.isSealedDay(AREA, day)) return trader;
        return _books[TradingDay.unwrap(day)].memberOf(trader);
    }

    function _today() private view returns (uint256) {
        return _time / DAY_SECONDS;
    }

    function _compare(TradingDay day, uint256 known, uint256[] memory expected) private {
        ITradingDays.Entry[] memory written = _entriesOf(day, known);
        for (uint256 i = 0; i < written.length; ++i) {
            MemberId member = _memberOf(day, written[i].memberId);
            if (written[i].allowance != expected[MemberId.unwrap(member)]) isByTheRule = false;
        }
    }

    function _pay(TradingDay day, uint8 run, uint256 seed) private {
        (bytes memory payments, uint256 total) = _paymentsOf(seed);
        _restoreBond();
        _settlement.commitStatements(
            AREA,
            day,
            run,
            ISettlement.Commitment("root", 1, uint64(total)),
            uint32(block.timestamp),
            payments
        );
        _time += 1 hours;
        vm.warp(_time);
        _settlement.payRun(AREA, day, run, payments);
    }

    /// @dev Rewards and corrections take from the bond, without which an operator may not settle.
    function _restoreBond() private {
        _currency.mint(address(this), BOND);
        _currency.approve(address(_accounts), BOND);
        _accounts.depositBond(AREA, BOND);
    }

    /// @dev Random payments of households, beyond what they have too; the DSO gets something, the supplier the rest.
    function _paymentsOf(uint256 seed) private view returns (bytes memory payments, uint256 total) {
        int64 sum = -1_000;
        for (uint24 id = FIRST_HOUSEHOLD; id <= _members.memberCount(); ++id) {
            uint256 random = uint256(keccak256(abi.encode(seed, id)));
            int64 amount = int64(uint64(_amountOf(random)));
            if (random % 4 == 0) continue;
            if (random % 4 == 1) amount = -amount;
            payments = bytes.concat(payments, abi.encodePacked(id, amount));
            sum += amount;
            if (amount > 0) total += uint64(amount);
        }
        bytes memory others = abi.encodePacked(DSO_ID, int64(-1_000));
        if (sum != 0) others = bytes.concat(abi.encodePacked(SUPPLIER_ID, -sum), others);
        if (sum < 0) total += uint64(-sum);
        payments = bytes.concat(others, payments);
    }

    /// @dev What the rule gives a member for a day that is not open.
    function _allowanceNow(MemberId memberId, bool isSealed) private view returns (uint256 allowance) {
        if (_accounts.debtOf(memberId) != 0) return 0;
        uint256 funds = _accounts.balanceOf(memberId) + _accounts.creditLineOf(memberId);
        uint256 locked = _tradingDays.lockedOf(memberId);
        uint256 rest = funds > locked ? funds - locked : 0;
        allowance = (funds / 4 < rest ? funds / 4 : rest) / 96;
        if (!isSealed) return allowance;
        for (uint256 power = 1 << 39; power != 0; power /= 2) {
            if (power <= allowance) return power;
        }
        return 0;
    }

    function _entriesOf(TradingDay day, uint256 from) private view returns (ITradingDays.Entry[] memory) {
        return _tradingDays.entriesOf(AREA, day, from, type(uint256).max);
    }

    function _mint(uint256 amountSeed) private returns (uint256 amount) {
        amount = _amountOf(amountSeed);
        _currency.mint(address(this), amount);
        _currency.approve(address(_accounts), amount);
    }

    function _householdOf(uint256 seed) private view returns (MemberId) {
        uint256 households = _members.memberCount() - FIRST_HOUSEHOLD + 1;
        return MemberId.wrap(uint24(FIRST_HOUSEHOLD + (seed % households)));
    }

    /// @dev From 1 to 17,000 EUR, of every magnitude: households begin with 3,840.
    function _amountOf(uint256 seed) private pure returns (uint256) {
        return 1 + ((seed >> 8) % (1 << (seed % 35)));
    }

    /// @dev The amount itself, one more, or any up to twice as much; never zero.
    function _around(uint256 amount, uint256 seed) private pure returns (uint256) {
        if (seed % 4 == 0 && amount != 0) return amount;
        if (seed % 4 == 1) return amount + 1;
        return 1 + ((seed >> 2) % (2 * amount + 1));
    }
}
