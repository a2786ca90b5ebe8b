// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {IMeterReadings} from "../../../contracts/metering/IMeterReadings.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {ISettlement} from "../../../contracts/settlement/ISettlement.sol";
import {SettlementCurrency} from "../../../contracts/settlement/SettlementCurrency.sol";
import {MARKET_OPERATOR, SETTLEMENT_BANK} from "../../../contracts/types/Roles.sol";
import {AreaId, DeliveryPeriod, MemberId} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";

// Given any sequence of deposits, withdrawals and settlements, of which some are refused
//   the balances add up to the tokens held: no cent appears, none is lost
//   nobody has a balance and a debt at once
//   every member has what it was given less what it was charged, but for what the supplier carries for it
contract AccountsInvariantTest is Neighbourhood {
    AccountsHandler private _handler;

    function setUp() public override {
        super.setUp();
        _registerHouseholds(6);
        vm.warp(START + 1 days);
        for (
            uint32 id = DeliveryPeriod.unwrap(FIRST_PERIOD);
            id <= DeliveryPeriod.unwrap(LAST_PERIOD);
            ++id
        ) {
            DeliveryPeriod period = DeliveryPeriod.wrap(id);
            auction.closeGate(AREA, period, 0, keccak256(""));
            auction.clear(AREA, period, _noTrade(), "");
            readings.commitReadings(AREA, period, IMeterReadings.Commitment(bytes32(0), 0, 0, 0));
        }

        _handler = new AccountsHandler(this);
        manager.grantRole(SETTLEMENT_BANK, address(_handler), 0);
        manager.grantRole(MARKET_OPERATOR, address(_handler), 0);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_balancesAddUpToTheTokensHeld() public view {
        vm.assertEq(_handler.sumOfBalances(), _handler.tokensHeld(), "balances and tokens");
    }

    function invariant_nobodyHasBothABalanceAndADebt() public view {
        vm.assertFalse(_handler.hasBothBalanceAndDebt(), "balance and debt");
    }

    function invariant_everyMemberHasWhatItWasGivenLessWhatItWasCharged() public view {
        vm.assertTrue(_handler.booksAgree(), "books");
    }
}

/// @dev Deposits, withdrawals and settlements of a supplier (1), a DSO (2) and six households, chosen by the fuzzer. It
/// keeps its own book of what every member was given and charged, which the contracts must agree with.
contract AccountsHandler {
    AreaId private constant AREA = AreaId.wrap(1);
    uint24 private constant LAST_MEMBER = 8;
    uint32 private constant LAST_PERIOD = 1_900_009;
    uint256 private constant LARGEST_AMOUNT = 1_000_000;

    IMemberRegistry private _members;
    IAccounts private _accounts;
    ISettlement private _settlement;
    SettlementCurrency private _currency;
    uint32 private _nextPeriod = 1_900_000;
    /// @dev Deposits and receipts less withdrawals and payments of a member, supplier's help aside.
    mapping(uint24 memberId => int256) private _net;

    constructor(Neighbourhood neighbourhood) {
        _members = neighbourhood.members();
        _accounts = neighbourhood.accounts();
        _settlement = neighbourhood.settlement();
        _currency = neighbourhood.currency();
    }

    function deposit(uint256 memberSeed, uint256 amountSeed) external {
        MemberId memberId = _memberOf(memberSeed);
        uint256 amount = 1 + (amountSeed % LARGEST_AMOUNT);
        _currency.mint(address(this), amount);
        _currency.approve(address(_accounts), amount);
        _accounts.deposit(memberId, amount);
        _net[MemberId.unwrap(memberId)] += int256(amount);
    }

    function withdraw(uint256 memberSeed, uint256 amountSeed) external {
        MemberId memberId = _memberOf(memberSeed);
        uint256 balance = _accounts.balanceOf(memberId);
        if (balance == 0) return;
        uint256 amount = 1 + (amountSeed % balance);
        vm.prank(_members.accountOf(memberId));
        _accounts.withdraw(memberId, amount);
        _net[MemberId.unwrap(memberId)] -= int256(amount);
    }

    function settle(uint256 seed) external {
        if (_nextPeriod > LAST_PERIOD) return;
        int64[LAST_MEMBER + 1] memory amounts = _amountsOf(seed);
        bytes memory payments = "";
        for (uint24 id = 1; id <= LAST_MEMBER; ++id) {
            if (amounts[id] != 0) payments = bytes.concat(payments, abi.encodePacked(id, amounts[id]));
        }
        // What supplier or DSO cannot pay is refused, and must leave no trace.
        try _settlement.settle(AREA, DeliveryPeriod.wrap(_nextPeriod), "root", payments) {
            ++_nextPeriod;
            for (uint24 id = 1; id <= LAST_MEMBER; ++id) {
                _net[id] -= amounts[id];
            }
        } catch {}
    }

    function sumOfBalances() external view returns (uint256 sum) {
        for (uint24 id = 1; id <= LAST_MEMBER; ++id) {
            sum += _accounts.balanceOf(MemberId.wrap(id));
        }
    }

    function tokensHeld() external view returns (uint256) {
        return _currency.balanceOf(address(_accounts));
    }

    function hasBothBalanceAndDebt() external view returns (bool) {
        for (uint24 id = 1; id <= LAST_MEMBER; ++id) {
            MemberId memberId = MemberId.wrap(id);
            if (_accounts.balanceOf(memberId) != 0 && _accounts.debtOf(memberId) != 0) return true;
        }
        return false;
    }

    /// @dev A household's balance less its debt; the supplier's balance and all that is owed to it.
    function booksAgree() external view returns (bool) {
        int256 owed = 0;
        for (uint24 id = 3; id <= LAST_MEMBER; ++id) {
            MemberId memberId = MemberId.wrap(id);
            int256 debt = int256(_accounts.debtOf(memberId));
            if (int256(_accounts.balanceOf(memberId)) - debt != _net[id]) return false;
            owed += debt;
        }
        return
            int256(_accounts.balanceOf(MemberId.wrap(1))) + owed == _net[1] &&
            int256(_accounts.balanceOf(MemberId.wrap(2))) == _net[2];
    }

    /// @dev Random payments of everybody but the supplier, who pays or receives what makes them sum to zero.
    function _amountsOf(uint256 seed) private pure returns (int64[LAST_MEMBER + 1] memory amounts) {
        for (uint24 id = 2; id <= LAST_MEMBER; ++id) {
            uint256 random = uint256(keccak256(abi.encode(seed, id)));
            if (random % 4 == 0) continue;
            amounts[id] = int64(uint64((random >> 8) % LARGEST_AMOUNT)) - int64(uint64(LARGEST_AMOUNT / 2));
            amounts[1] -= amounts[id];
        }
    }

    function _memberOf(uint256 seed) private pure returns (MemberId) {
        return MemberId.wrap(uint24(1 + (seed % LAST_MEMBER)));
    }
}
